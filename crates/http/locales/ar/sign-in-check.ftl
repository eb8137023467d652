# فحص تسجيل الدخول: لماذا لا يمكنهم الدخول؟
admin-sign-in-check = فحص تسجيل الدخول
check-heading = فحص تسجيل الدخول
check-hint = أي عنوان، معروف هنا أو لا. يصلح رمز المساعدة أيضًا.
check-button = فحص
check-neither = أدخل عنوان بريد إلكتروني، أو رمز مساعدة مثل 7F3K-9QXM.
check-no-such-code = لم تنتهِ أي محاولة هنا برمز المساعدة هذا. تُحفظ المحاولات مدة محدودة فقط.
check-this-attempt = المحاولة ذات رمز المساعدة هذا
check-portal-link = رابط البوابة
check-portal-link-text = أرسل إليهم هذا الرابط. يظهر هذه المرة فقط، ولا يفتح شيئًا بنفسه، ويُرسل رمزًا إلى صندوق بريدهم.
check-fine = لا شيء يعترض طريقهم: يمكنهم تسجيل الدخول.
check-until = ينتهي هذا تلقائيًا في
check-reply = قال خادم البريد:
check-near = عناوين هنا قريبة من هذا العنوان:
check-role = الدور
check-status = { $status ->
    [disabled] معطّل
    [deleted] محذوف
   *[active] نشط
}
check-address = العنوان
check-proved = مؤكَّد
check-unproved = غير مؤكَّد
check-primary = أساسي
check-second-factor = المصادقة الثنائية
check-second-factor-on = مفعّلة، { $left ->
    [0] لم يبقَ رمز احتياطي
    [one] بقي رمز احتياطي واحد
    [two] بقي رمزان احتياطيان
    [few] بقيت { $left } رموز احتياطية
   *[other] بقي { $left } رمزًا احتياطيًا
}
check-second-factor-off = متوقفة
check-second-factor-required = متوقفة، ومطلوبة: يُعدّونها عند الدخول
check-passkeys = مفاتيح المرور
check-ways = طرق الدخول الآن
check-open = مفتوحة
check-closed = مغلقة
check-way-password = البريد الإلكتروني وكلمة المرور
check-way-email-code = رمز بالبريد
check-way-passkey = مفتاح مرور
check-way-provider = المزوّدون
check-way-one-provider = المزوّد { $provider }
check-way-hand-over = من موقعكم
check-why-off = متوقفة.
check-why-account = الحساب مغلق.
check-why-unknown = لا أحد لديه العنوان.
check-why-unproved = العنوان غير مؤكَّد.
check-why-none = ليس لديهم أي منها.
check-why-wait = محاولات كثيرة؛ تنتظر.
check-why-directory = الدليل لا يقبلهم.
check-why-policy = رفضت سياسة.
check-why-other = ليست لهم.
check-attempts = آخر المحاولات
check-no-attempts = لا توجد محاولة مسجّلة. ستظهر هنا محاولات هذا العنوان مع رموز المساعدة.
check-outcome = { $outcome ->
    [granted] سُمح بالدخول
    [needs] انتقلت إلى خطوة أخرى
    [sent] أُرسلت رسالة
   *[refused] رُفضت
}
check-ruling = { $ruling ->
    [allow] لا مانع
    [require] خطوة أخرى أولًا
    [not-asked] لم يُسأل
   *[deny] لا
}
check-help-code = رمز المساعدة
check-from = من
check-mails = آخر الرسائل
check-no-mails = لا توجد رسالة مسجّلة. ستظهر هنا الرسائل إلى هذا العنوان مع ما قاله خادم البريد.
check-mail = { $state ->
    [delivered] سُلّمت إلى خادم بريدهم.
    [refused] رُفضت.
    [expired] متأخرة.
    [bounced] عادت.
   *[queued] في الانتظار، { $tries ->
        [0] لم تُجرَّب بعد.
        [one] جُرّبت مرة واحدة.
        [two] جُرّبت مرتين.
        [few] جُرّبت { $tries } مرات.
       *[other] جُرّبت { $tries } مرة.
    }
}
check-others = ما يمكن فعله أيضًا
check-ask = اطلب إصلاحه ممن لديه الصلاحية «{ $permission }».
check-mended-reset = رسالة إعادة تعيين كلمة المرور في طريقها إليهم.
check-mended-enabled = الحساب مفعّل.
check-mended-restored = استُعيد الحساب.
check-mended-waits = انتهى الانتظار.
check-mended-opened = شُغّلت.
check-mended-proof = التأكيد في طريقه إليهم.
check-mended-invited = تمت دعوتهم.
check-mended-sent-again = هي في طريقها من جديد.
check-not-offered = لم يعد هذا يفيد هذا العنوان. انظر إلى الجواب أدناه.
check-too-many-mails = أرسل الموظفون إلى هذا العنوان أقصى عدد من الرسائل في اليوم.

check-trouble-unknown-may-sign-up = لا أحد هنا لديه هذا العنوان. يمكنهم إنشاء حساب به، أو يمكنك دعوتهم.
check-trouble-unknown = لا أحد هنا لديه هذا العنوان، ولا يمكن إنشاء حساب به. يجب أن يدعوهم أحد.
check-trouble-address-unproved = أُضيف هذا العنوان إلى حساب لكنه لم يُؤكَّد قط، فلا يُدخل أحدًا.
check-trouble-deleted = الحساب محذوف، فلا تعمل أي طريقة دخول. ما زال يمكن استعادته.
check-trouble-disabled = الحساب معطّل، فلا تعمل أي طريقة دخول.
check-trouble-password-wait = كلمات مرور خاطئة كثيرة: تنتظر كلمات المرور لهذا العنوان.
check-trouble-code-wait = رموز خاطئة كثيرة: تنتظر الرموز لهذا العنوان.
check-trouble-second-factor-wait = عوامل ثانية خاطئة كثيرة: تنتظر الخطوة الثانية لهذا الحساب.
check-trouble-mail-wait = طُلبت رسائل كثيرة: لا تُرسل المزيد إلى هذا العنوان حاليًا.
check-trouble-network-wait = جاءت محاولات كثيرة من شبكتهم: تنتظر الشبكة أيًّا كان من يحاول.
check-trouble-mail-refused = رفض خادم بريدهم آخر رسالة، فلا تصلهم الرموز والروابط.
check-trouble-mail-deferred = لم تصل آخر رسالة بعد: أجّلها خادم بريدهم أو تعذّر الوصول إليه. نواصل المحاولة.
check-trouble-mail-expired = لم يمكن تسليم آخر رسالة في الوقت المناسب، فلا فائدة من رمزها أو رابطها.
check-trouble-mail-stuck = آخر رسالة تنتظر منذ دقائق ولم يحاول شيء إرسالها. اطلب ممن يشغّل هذا الخادم أن ينظر في بريده.
check-trouble-address-unreachable = البريد إلى هذا العنوان لا يصل، فلا تصلهم الرموز والروابط.
check-trouble-invitation-on-its-way = تمت دعوتهم ولم يستخدموا الدعوة بعد.
check-trouble-invitation-over = انتهت صلاحية دعوتهم أو أُلغيت قبل أن يستخدموها.
check-trouble-no-way-open = كل طريقة دخول يمكنهم استخدامها متوقفة أو غير مُعدّة.
check-trouble-method-off = جرّبوا طريقة دخول متوقفة بالنسبة إليهم.
check-trouble-no-password = ليس للحساب كلمة مرور بعد.
check-trouble-wrong-password = كانت آخر كلمة مرور أدخلوها خاطئة.
check-trouble-password-temporary = يجب تغيير كلمة مرورهم المؤقتة، أو انتهت مدتها.
check-trouble-email-unproved = لم يُؤكَّد صندوق بريدهم قط.
check-trouble-code-trouble = كان آخر رمز لهم خاطئًا أو متأخرًا أو مستخدمًا. يمكنهم طلب رمز آخر.
check-trouble-attempt-over = انتهت محاولتهم الأخيرة قبل إتمامها، أو تابعوها في متصفح آخر. يبدؤون من جديد.
check-trouble-second-factor-trouble = توقفوا عند الخطوة الثانية: لم يكن أي رمز من تطبيقهم صحيحًا.
check-trouble-second-factor-set-up = توقفوا عند إعداد العامل الثاني المطلوب هنا. يسجّلون الدخول مجددًا ويُتمّونه.
check-trouble-mailbox-proof = كانت كلمة مرورهم صحيحة، وعليهم إدخال الرمز المُرسل إليهم بالبريد.
check-trouble-passkey-trouble = مفتاح مرورهم لا يفتح شيئًا هنا. يسجّلون الدخول بطريقة أخرى ويضيفونه مجددًا.
check-trouble-backup-door = جرّبوا الدخول الاحتياطي، وهو للمديرين فقط.
check-trouble-portal-link-dead = انتهت صلاحية رابط البوابة الذي فتحوه أو أُلغي.
check-trouble-reset-link-dead = انتهت صلاحية الرابط الذي فتحوه أو استُخدم من قبل.
check-trouble-provider-cancelled = ألغوا تسجيل الدخول لدى المزوّد.
check-trouble-provider-away = لم يُجب المزوّد، أو هو غير مُعدّ.
check-trouble-answer-wrong = لم تجتز إجابة المزوّد أو رمز موقعكم الفحوص.
check-trouble-identity-taken = حسابهم لدى المزوّد مربوط بحساب شخص آخر هنا.
check-trouble-identity-unknown = حسابهم لدى المزوّد غير مربوط بحسابهم هنا. يسجّلون الدخول بطريقة أخرى ويربطونه.
check-trouble-directory-no-record = ليس لهم سجل في الدليل، والدخول الموحّد يطلبه.
check-trouble-directory-inactive = سجلهم في الدليل غير نشط.
check-trouble-sign-up-closed = حاولوا إنشاء حساب، وهو مغلق لهذا العنوان. لديهم حساب بالفعل.
check-trouble-policy = رفضت سياسة في هذا الخادم.
check-trouble-changed-meanwhile = تغيّر حسابهم أثناء تسجيل الدخول. يبدؤون من جديد.
check-trouble-code-on-its-way = أُرسل إليهم رمز ولم يُستخدم بعد.
check-trouble-link-on-its-way = أُرسل إليهم رابط لاختيار كلمة مرور ولم يُستخدم بعد.

check-mend-send-password-reset = إرسال رسالة إعادة تعيين كلمة المرور
check-mend-enable = تفعيل الحساب
check-mend-restore = استعادة الحساب
check-mend-clear-waits = إنهاء الانتظار
check-mend-clear-network-waits = إنهاء انتظار شبكتهم
check-mend-open-method = تشغيل: { $way }
check-mend-open-provider = تشغيل { $provider }
check-mend-open-portal-links = تشغيل روابط البوابة
check-mend-resend-address-proof = إعادة إرسال التأكيد
check-mend-new-portal-link = رابط بوابة جديد
check-mend-invite = دعوتهم
check-mend-invite-again = دعوتهم من جديد
check-mend-send-mail-again = إعادة إرسال آخر رسالة
check-mend-reset-second-factor = إعادة تعيين المصادقة الثنائية
check-mend-look-into-directory = النظر في الدليل
check-mend-look-at-providers = النظر في المزوّدين
check-mend-look-at-person = النظر في عناوينهم
