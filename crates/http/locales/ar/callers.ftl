caller-set-password-title = تعيين كلمة مرور
caller-set-password-what = ينشئ الخادم كلمة مرور مؤقتة تراها مرة واحدة. يُسجَّل خروجه في كل مكان، ويختار كلمة مرور خاصة به عند الدخول بها. يثبت من تتحدث معه هويته أولًا.
caller-reset-title = إعادة ضبط المصادقة الثنائية
caller-reset-what = يتوقف تطبيق المصادقة والرموز الاحتياطية عن العمل، ويُسجَّل خروجه في كل مكان. يثبت من تتحدث معه هويته أولًا.
caller-by = كيف يثبت هويته
caller-way-mailbox = رمز إلى { $address }
caller-way-mailbox-hint = يقرأ لك الرمز. لا يمكنك رؤيته.
caller-way-session = سؤال في حسابه
caller-way-session-hint = لمن لا يزال مسجَّل الدخول في مكان ما. يفتح { $url } ويجيب هناك.
caller-way-delay = من دون إثبات، مع إعلان وتأجيل
caller-way-delay-hint = تصل إلى جميع عناوينه رسالة يمكنها إيقاف ذلك. يمكن تنفيذه بعد { $hours ->
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $hours } ساعات
   *[other] { $hours } ساعة
} على أقرب تقدير.
caller-passkeys-too = إزالة مفاتيح المرور أيضًا
caller-choose = اختر كيف يثبت هويته.
caller-no-way = ليس لديه عنوان مثبت. لا يمكن فعل شيء هنا.
caller-no-mailbox = لا يوجد صندوق بريد يمكن أن تصل إليه الرسالة.
caller-try-later = أُرسلت اليوم رسائل كثيرة إلى هذا العنوان. اختر طريقة أخرى، أو حاول غدًا.
caller-oneself = هذا حسابك أنت. غيّره في صفحة «الأمان» في حسابك.
caller-under-way = قيد التنفيذ
caller-cancel = سحب الطلب
caller-for-set-password = تعيين كلمة مرور مؤقتة
caller-for-reset-two-factor = إعادة ضبط المصادقة الثنائية
caller-for-reset-two-factor-and-passkeys = إعادة ضبط المصادقة الثنائية وإزالة جميع مفاتيح المرور
caller-state-waiting = في الانتظار
caller-state-open = يمكن تنفيذه الآن
caller-says-code = الرمز في الطريق. اطلبه منه واكتبه هنا. يعمل حتى
caller-says-session = يُسأل في حسابه، في صفحة «الطلبات». ينتظر ذلك حتى
caller-says-delay = أُبلغت جميع عناوينه. يمكن تنفيذه ابتداءً من
caller-says-delay-itself = أُبلغت جميع عناوينه. ما لم يوقفه أحد، ينفّذه الخادم تلقائيًا في
caller-says-open = ثبتت هويته. يمكنك تنفيذه حتى
caller-says-spent = رموز خاطئة كثيرة. لم يتغيّر شيء.
caller-says-over = انتهى وقته. لم يتغيّر شيء.
caller-says-refused = رفض ذلك. لم يتغيّر شيء. قد لا يكون المتصل من يدّعي أنه هو.
caller-says-cancelled = سُحب الطلب. لم يتغيّر شيء.
caller-says-used = نُفّذ.
caller-code = الرمز الذي يقرؤه لك
caller-code-wrong = ليس هذا هو الرمز. { $count ->
    [0] لم تبقَ أي محاولة.
    [one] بقيت محاولة واحدة.
    [two] بقيت محاولتان.
    [few] بقيت { $count } محاولات.
   *[other] بقيت { $count } محاولة.
}
caller-code-missing = اكتب الرمز.
caller-look-again = التحقق مرة أخرى
caller-again = البدء من جديد
caller-do-set-password = تعيين كلمة مرور
caller-do-reset = إعادة ضبط المصادقة الثنائية
temporary-password-title = كلمة مرور مؤقتة
temporary-password-once = أخبره بها الآن: لن تظهر مرة أخرى. يختار كلمة مرور خاصة به عند تسجيل الدخول.
temporary-password-label = كلمة المرور المؤقتة
temporary-password-until = تعمل حتى

requests-title = الطلبات
requests-text = يريد أحد العاملين هنا تغيير طريقة دخولك، لأن أحدهم طلب منه المساعدة. أجب بنعم فقط إذا كنت تتحدث معه الآن.
requests-asked = طُلب في
requests-due = يُنفَّذ، ما لم ترفض، في
requests-yes = نعم، هذا أنا
requests-no = لا
requests-none = لا أحد يطلب شيئًا. قد يطلب منك فريق الدعم فتح هذه الصفحة عندما تتحدث معه.
own-password-text = سجّلت الدخول بكلمة مرور مؤقتة. اختر كلمة مرور خاصة بك لا يعرفها غيرك.
own-password-same = هذه هي كلمة المرور المؤقتة. اختر غيرها.
stop-request-heading = هل تريد إيقاف هذا الطلب؟
stop-request-text = أعلن الموظفون أنهم سيغيّرون طريقة دخولك. أوقف ذلك إذا لم تطلبه.
stop-request-button = إيقاف الطلب
restore-account-heading = هل تريد استعادة حسابك؟
restore-account-text = حُذف حسابك. لا يزال ممكنًا استعادته كما كان.
restore-account-button = استعادة الحساب

person-restore = التراجع عن الحذف
delete-person-title = هل تريد حذف { $name }؟
delete-person-what = يُسجَّل خروجه في كل مكان ولا يمكنه الدخول بعد ذلك، وتُبلَّغ جميع عناوينه.
delete-person-undo = يمكن التراجع عن هذا خلال { $days ->
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
   *[other] { $days } يومًا
}. بعد ذلك يُزال نهائيًا كل ما يدل عليه.
delete-person-button = حذف
delete-person-oneself = هذا حسابك أنت. احذفه في صفحة «الأمان» في حسابك.
delete-person-last-owner = هو المالك الأخير. اجعل شخصًا آخر مالكًا أولًا.
notice-person-deleted = حُذف. يمكنك التراجع هنا.
notice-person-restored = تم التراجع عن الحذف.
notice-caller-cancelled = سُحب الطلب.
notice-two-factor-reset = أُعيد ضبط المصادقة الثنائية.
notice-request-answered = سُجّلت إجابتك.
notice-request-stopped = أُوقف الطلب. لم يتغيّر شيء.
notice-account-restored = عاد حسابك. سجّل الدخول كما كنت تفعل.
notice-account-deleted = حُذف حسابك. تبيّن الرسالة التي أرسلناها إليك كيف تستعيده.
delete-account-title = حذف حسابي
delete-account-text = يُسجَّل خروجك في كل مكان ولا يمكنك الدخول بعد ذلك. يمكنك خلال { $days ->
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
   *[other] { $days } يومًا
} استعادة الحساب برابط نرسله إليك. بعد ذلك يُزال نهائيًا كل ما نعرفه عنك هنا.
delete-account-button = حذف حسابي
delete-account-last-way-in = من دونك لن يستطيع أحد ممن يحق لهم تغيير إعدادات الأمان تسجيل الدخول. تأكّد أولًا من أن مشرفًا آخر يستطيع ذلك.
delete-account-last-owner = أنت المالك الأخير لهذه المساحة. اجعل شخصًا آخر مالكًا أولًا.
