# كيف يدخل القارئ، بطلب من «هل تواجه مشكلة في تسجيل الدخول؟».
sign-in-report-subject = كيف تسجّل الدخول إلى { $workspace }
report-heading = كيف تسجّل الدخول
report-text-unknown = لا يوجد حساب في { $workspace } لهذا العنوان. ربما استخدمت عنوانًا آخر: ابحث عن رسائل أقدم من { $workspace } وجرّب العنوان الذي وصلت إليه.
report-text-closed = حسابك في { $workspace } موقوف، فلن تدخل بأي طريقة. اطلب من القائمين على { $workspace } تشغيله من جديد.
report-text-open = حسابك في { $workspace } سليم، ويمكنك تسجيل الدخول.
report-text-shut = لا توجد حاليًا طريقة دخول تعمل لحسابك في { $workspace }. اطلب من القائمين على { $workspace } النظر في الأمر.
report-open = يمكنك تسجيل الدخول بواسطة:
report-second-factor-on = بعد ذلك أدخل الرمز الذي يعرضه تطبيق المصادقة، أو أحد رموزك الاحتياطية. { $left ->
    [0] لم يبقَ أي رمز احتياطي.
    [one] بقي رمز احتياطي واحد.
    [two] بقي رمزان احتياطيان.
    [few] بقيت { $left } رموز احتياطية.
   *[other] بقي { $left } رمزًا احتياطيًا.
}
report-second-factor-set-up = بعد ذلك تُعِدّ تطبيق مصادقة: يطلب { $workspace } خطوة ثانية من الجميع.
report-waits = كانت محاولات خاطئة كثيرة، لذلك تنتظر بعض الطرق حتى { $date }.
report-mails = ما حدث لآخر رسائلنا إليك:
report-mail = { $sort ->
    [code] رمز
    [link] رابط
    [answer] رد
   *[notice] إشعار
} بتاريخ { $date }: { $fate ->
    [delivered] استلمه خادم بريدك. ابحث في مجلد الرسائل غير المرغوب فيها إن لم تجده.
    [deferred] أجّله خادم بريدك. نواصل المحاولة.
    [refused] رفضه خادم بريدك. اسأل القائمين على صندوق بريدك عن السبب.
    [expired] لم يمكن تسليمه في الوقت المناسب. اطلب واحدًا جديدًا.
   *[on-its-way] هو في الطريق.
}
report-next = ما عليك فعله الآن:
report-button = تسجيل الدخول
report-sign-up = إذا لم يكن لديك حساب بعد، يمكنك إنشاء حساب:
report-not-you = إذا لم تطلب هذا فلا تفعل شيئًا: تقول هذه الرسالة كيف يتم تسجيل الدخول، ولا تُدخل أحدًا.

# خطوات. أسماء الحقول والأزرار هي نفسها في الصفحات.
how-to-open = { $place ->
    [portal] افتح رابط البوابة الذي أعطاك إياه { $workspace }.
   *[sign-in] افتح صفحة تسجيل الدخول. عنوانها في آخر هذه الرسالة.
}
how-to-follow = اتبع «{ $label }» في تلك الصفحة.
how-to-press = اضغط «{ $label }».
how-to-fill = { $what ->
    [address] أدخل هذا العنوان تحت «{ $label }».
    [password] أدخل كلمة مرورك تحت «{ $label }».
    [new-password] اختر كلمة مرور تحت «{ $label }».
    [mailed-code] أدخل الرمز تحت «{ $label }».
    [app-code] أدخل رمز تطبيقك تحت «{ $label }».
   *[name] أدخل اسمك تحت «{ $label }».
}
how-to-read-code = افتح رسالتنا التالية، وفيها رمز.
how-to-read-link = افتح رسالتنا التالية والرابط الذي فيها.
how-to-at-provider = سجّل الدخول لدى { $provider }، فيعيدك إلى هنا.
how-to-answer-device = افتح قفل جهازك عندما يطلب ذلك.
how-to-at-company-site = سجّل الدخول في موقع الشركة، وانتقل منه إلى مركز المساعدة.
email-address = عنوان البريد الإلكتروني
password = كلمة المرور
new-password = كلمة المرور الجديدة
sign-in-button = تسجيل الدخول
sign-in-code-button = أرسل إليّ رمز دخول بالبريد
sign-in-code = رمز الدخول
sign-in-passkey-button = تسجيل الدخول بمفتاح مرور
sign-in-with = تسجيل الدخول باستخدام { $provider }
forgot-password-link = هل نسيت كلمة المرور؟
forgot-button = إرسال رسالة إعادة التعيين
reset-button = تعيين كلمة المرور
sign-in-link = تسجيل الدخول
continue = متابعة
