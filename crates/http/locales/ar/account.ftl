# إنشاء الحساب وكلمات المرور المنسية وإثبات العنوان.

sign-up-heading = أنشئ حسابك
full-name = الاسم الكامل
sign-up-button = إنشاء حساب
sign-up-have-account = لديك حساب؟ سجّل الدخول.
sign-up-domains = الحسابات هنا للعناوين التابعة لـ { $domains }.
verification-code = رمز التحقق
verify-heading = راجع بريدك الإلكتروني
verify-text = أدخل الرمز الوارد فيها لإكمال حسابك.

password-rules = شروط كلمة المرور:
password-rule-length = { $min } حرفًا على الأقل
password-rule-common = ألا تكون من كلمات المرور الشائعة
password-rule-context = ألا تحتوي على اسمك أو عنوان بريدك الإلكتروني
password-rule-met = تحقّق
password-strength-short = قصيرة جدًا
password-strength-weak = ضعيفة: من السهل تخمينها
password-strength-fair = مقبولة: تفيد إضافة بضع كلمات
password-strength-good = جيدة
password-strength-strong = قوية
password-strength = القوة:

forgot-heading = هل نسيت كلمة المرور؟
forgot-text = أدخل عنوان بريدك الإلكتروني، وسنرسل إليك رابطًا لاختيار كلمة مرور جديدة.
forgot-button = إرسال رسالة إعادة التعيين
forgot-sent-heading = راجع بريدك الإلكتروني
forgot-sent-next =
    { $minutes ->
        [few] افتح الرابط الموجود فيها لاختيار كلمة مرور جديدة. يعمل الرابط لمدة { $minutes } دقائق.
       *[other] افتح الرابط الموجود فيها لاختيار كلمة مرور جديدة. يعمل الرابط لمدة { $minutes } دقيقة.
    }
forgot-sent-nothing = إذا لم يصل شيء خلال بضع دقائق:
forgot-sent-spam = ابحث في مجلد الرسائل غير المرغوب فيها
forgot-sent-address = تأكّد من أنك أدخلت العنوان الذي تستخدمه هنا
forgot-sent-again = أرسلها مرة أخرى

reset-heading = اختر كلمة مرور جديدة
reset-text = عند تعيينها يُسجَّل خروجك من كل مكان آخر.
new-password = كلمة المرور الجديدة
reset-button = تعيين كلمة المرور
reset-done-heading = تم تعيين كلمة المرور
reset-done-text = سُجّل خروجك من كل مكان. سجّل الدخول بكلمة المرور الجديدة.
reset-done-others = يمكن أيضًا الدخول إلى حسابك بما يلي. إذا لم تتعرّف على أحدها فأزله بعد تسجيل الدخول.
reset-done-none = لا شيء آخر مرتبط بحسابك.
way-emailed-code = رموز تُرسل إلى { $address }

link-invalid-heading = لم يعد هذا الرابط يعمل
link-invalid-reset = استُخدم من قبل، أو مضى عليه وقت طويل، أو ينقصه جزء. طلب رابط جديد يستغرق دقيقة.
link-invalid-again = احصل على رابط جديد
