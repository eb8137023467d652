# مشكلة في تسجيل الدخول، وكيفية تسجيل الدخول.

trouble-heading = هل تواجه مشكلة في تسجيل الدخول؟
trouble-text = أدخل عنوان بريدك الإلكتروني. نرسل تقريرًا إلى صندوقه: كيف تسجّل الدخول هنا، وما حدث لآخر رسائلنا إليك، وما عليك فعله.
trouble-button = أرسل إليّ تقريرًا
trouble-sent-next = يقول التقرير فيها كيف تسجّل الدخول هنا وما عليك فعله. لا يُدخل أحدًا.
trouble-sent-ask = إذا تعذّر الوصول إلى صندوق بريدك فاسأل القائمين على مركز المساعدة، وأعطهم رمز المساعدة إن ظهر لك.
trouble-again = طلب تقرير آخر

how-to-heading = كيفية تسجيل الدخول
how-to-for = لمن هذه الصفحة
how-to-for-customers = العملاء
how-to-for-staff = الموظفون
how-to-with-password = بكلمة المرور
how-to-with-code = برمز مُرسل بالبريد
how-to-by-hand-over = من موقع الشركة
how-to-by-portal-link = برابط البوابة
how-to-new-password = اختيار كلمة مرور أولى أو جديدة
how-to-sign-up = إنشاء حساب
how-to-nothing-open = لا توجد طريقة دخول مشغّلة هنا حاليًا. تواصل مع القائمين على مركز المساعدة.
how-to-second-step = المصادقة الثنائية
how-to-second-step-required = يُدخل الجميع رمزًا ثانيًا هنا. إذا لم يكن لديك تطبيق مصادقة بعد فستُعدّه عند الدخول.
how-to-second-step-if-on = إذا فعّلتها، يُطلب بعد ذلك رمز ثانٍ. يصلح رمز احتياطي أيضًا.
how-to-open = { $place ->
    [portal] افتح رابط البوابة الذي أُعطي لك.
   *[sign-in] افتح صفحة تسجيل الدخول.
}
how-to-follow = اتبع { $label } في تلك الصفحة.
how-to-press = اضغط { $label }.
how-to-fill = { $what ->
    [address] أدخل عنوان بريدك الإلكتروني تحت { $label }.
    [password] أدخل كلمة مرورك تحت { $label }.
    [new-password] اختر كلمة مرور وأدخلها تحت { $label }.
    [mailed-code] أدخل الرمز تحت { $label }.
    [app-code] أدخل الرمز الذي يعرضه تطبيق المصادقة تحت { $label }.
   *[name] أدخل اسمك تحت { $label }.
}
how-to-read-mail = { $what ->
    [link] افتح الرسالة التي نرسلها إليك والرابط الذي فيها.
   *[code] افتح الرسالة التي نرسلها إليك. فيها رمز.
}
how-to-at-provider = سجّل الدخول لدى { $provider }. تعود تلقائيًا.
how-to-answer-device = افتح قفل جهازك عندما يطلب ذلك.
how-to-at-company-site = سجّل الدخول في موقع الشركة، وانتقل منه إلى مركز المساعدة.
