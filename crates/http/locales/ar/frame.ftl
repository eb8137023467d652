# ما يحيط بكل صفحة.

skip-to-content = انتقل إلى المحتوى
sign-in-link = تسجيل الدخول
edit-profile = تعديل الملف الشخصي
sign-out = تسجيل الخروج
continue = متابعة
back-to-sign-in = العودة إلى تسجيل الدخول
back-home = الانتقال إلى صفحة البداية
last-used = آخر طريقة استُخدمت هنا

notice-signed-out = تم تسجيل خروجك.
notice-code-sent = أرسلنا رمزًا جديدًا.
notice-email-confirmed = تم تأكيد عنوان بريدك الإلكتروني.

errors-title =
    { $count ->
        [one] هناك مشكلة فيما أدخلته
        [two] هناك مشكلتان فيما أدخلته
        [few] هناك { $count } مشكلات فيما أدخلته
       *[other] هناك { $count } مشكلة فيما أدخلته
    }
help-code = رمز المساعدة: { $code }
help-code-use = إذا طلبت المساعدة فأعطِ هذا الرمز، فهو يوضّح للفريق ما حدث.
error-prefix = خطأ:
error-name-missing = أدخل اسمك.
error-name-too-long = أدخل اسمًا لا يتجاوز { $max } حرفًا.
error-name-invalid = أدخل اسمًا من دون رموز تحكّم.
error-email-missing = أدخل عنوان بريدك الإلكتروني.
error-email-invalid = أدخل عنوان بريد إلكتروني مثل name@example.com.
error-email-one = أدخل عنوان بريد إلكتروني واحدًا فقط.
error-password-missing = أدخل كلمة المرور.
error-new-password-missing = أدخل كلمة مرور جديدة.
error-password-too-short = أدخل كلمة مرور من { $min } حرفًا على الأقل.
error-password-too-long = أدخل كلمة مرور لا تتجاوز { $max } حرفًا.
error-password-common = كلمة المرور هذه ضمن قائمة كلمات المرور الشائعة ومن السهل تخمينها. اختر غيرها.
error-password-context = تحتوي كلمة المرور هذه على اسمك أو بريدك الإلكتروني أو اسم هذا الموقع، ومن السهل تخمينها. اختر غيرها.
error-code-missing = أدخل الرمز الموجود في الرسالة.
error-code-shape = يتكوّن الرمز من { $length } أحرف وأرقام. راجع الرسالة وأدخله مرة أخرى.
error-workspace-missing = أدخل عنوان مركز المساعدة.
error-workspace-unknown = لا نعرف مركز مساعدة بهذا العنوان. تحقّق من كتابته، أو ابحث عنه في رسالة منهم.

refusal-invalid-credentials = عنوان البريد الإلكتروني أو كلمة المرور غير صحيحة.
refusal-code-wrong = هذا الرمز غير صحيح. راجع الرسالة وأدخله مرة أخرى.
refusal-code-expired = انتهت صلاحية هذا الرمز. يمكننا إرسال رمز جديد.
refusal-code-spent = لم يعد من الممكن استخدام هذا الرمز. اطلب رمزًا جديدًا.
refusal-second-factor-wrong = هذا الرمز غير صحيح. راجع تطبيق المصادقة وأدخل الرمز الظاهر الآن.
refusal-link-invalid = لم يعد من الممكن استخدام هذا الرابط.
refusal-try-later =
    { $minutes ->
        [one] محاولات كثيرة جدًا. حاول مرة أخرى بعد دقيقة واحدة.
        [two] محاولات كثيرة جدًا. حاول مرة أخرى بعد دقيقتين.
        [few] محاولات كثيرة جدًا. حاول مرة أخرى بعد { $minutes } دقائق.
       *[other] محاولات كثيرة جدًا. حاول مرة أخرى بعد { $minutes } دقيقة.
    }
refusal-method-off = طريقة تسجيل الدخول هذه متوقفة هنا. اختر طريقة أخرى.
refusal-provider-cancelled = أُلغي تسجيل الدخول. يمكنك المحاولة مرة أخرى أو اختيار طريقة أخرى.
refusal-provider-unavailable = لم يستجب { $provider }. حاول مرة أخرى بعد بضع دقائق أو اختر طريقة أخرى.
refusal-not-in-directory = لا يمكن تسجيل الدخول هنا إلا لمن هم في دليل { $workspace }. اطلب من القائمين عليه إضافتك.
refusal-sign-up-closed = لا يمكن إنشاء حسابات جديدة هنا. إذا احتجت إلى حساب فاطلبه من القائمين على مركز المساعدة.
refusal-session-expired = تم تسجيل خروجك لمرور بعض الوقت. سجّل الدخول مرة أخرى للمتابعة.
