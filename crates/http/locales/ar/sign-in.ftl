# صفحة البداية وتسجيل الدخول والرمز المُرسل بالبريد.

home-signed-out = سجّل الدخول لمتابعة محادثاتك.
home-areas = في مركز المساعدة هذا
home-empty = لا شيء معروض هنا بعد. يختار القائمون على مركز المساعدة ما يظهر في هذه الصفحة.
start-conversation = ابدأ محادثة

sign-in-heading = تسجيل الدخول إلى { $workspace }
email-address = عنوان البريد الإلكتروني
password = كلمة المرور
sign-in-button = تسجيل الدخول
sign-in-code-button = أرسل إليّ رمز دخول بالبريد
forgot-password-link = هل نسيت كلمة المرور؟
sign-up-link = تحتاج إلى حساب؟ أنشئ حسابًا.
sign-in-other-ways = أو
sign-in-nothing-open = تسجيل الدخول متوقف هنا حاليًا. تواصل مع القائمين على مركز المساعدة.
password-show = إظهار كلمة المرور
password-hide = إخفاء كلمة المرور

code-heading = راجع بريدك الإلكتروني
code-sent-to = أرسلنا رسالة إلى { $address }.
code-sent-from = تصل الرسالة من { $sender }.
code-sent-ago =
    { $minutes ->
        [0] أُرسلت أحدث رسالة الآن.
        [one] أُرسلت أحدث رسالة قبل دقيقة.
        [two] أُرسلت أحدث رسالة قبل دقيقتين.
        [few] أُرسلت أحدث رسالة قبل { $minutes } دقائق.
       *[other] أُرسلت أحدث رسالة قبل { $minutes } دقيقة.
    }
sign-in-code = رمز الدخول
code-hint = 7 أحرف وأرقام، مثل ABC2345.
code-sending = جارٍ إرسال الرمز…
code-sending-undo = تراجع
code-nothing-came = إذا لم يصل شيء فابحث في مجلد الرسائل غير المرغوب فيها وتحقّق من العنوان.
resend-code = إعادة إرسال الرمز
resend-wait = يمكنك طلب رمز آخر بعد { $seconds } ث.
resend-ready = يمكنك طلب رمز آخر الآن.
resend-reload = أعد تحميل هذه الصفحة بعد ذلك.
use-another-address = استخدام عنوان آخر
start-again = البدء من جديد

expired-heading = ظلّت هذه الصفحة مفتوحة مدة طويلة
expired-text = حرصًا على أمانك تعمل النماذج هنا لمدة محدودة. لم يضِع شيء مما فعلته: تابع واملأ النموذج مرة أخرى.
expired-destination = بعد ذلك تنتقل إلى حيث كنت متجهًا.

refused-heading = لم نتمكن من تسجيل دخولك
