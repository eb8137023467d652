# الرسائل

date = { $day } { $month ->
    [1] يناير
    [2] فبراير
    [3] مارس
    [4] أبريل
    [5] مايو
    [6] يونيو
    [7] يوليو
    [8] أغسطس
    [9] سبتمبر
    [10] أكتوبر
    [11] نوفمبر
   *[12] ديسمبر
} { $year } الساعة { $time } بالتوقيت العالمي
device-known = { $browser } على { $system }
device-unknown = جهاز لا نعرفه

mail-from = هذه الرسالة من { $workspace }:
asked = طُلبت في { $date }، من { $device }.

sign-in-code-subject = رمز تسجيل الدخول إلى { $workspace }
sign-in-code-heading = رمز تسجيل الدخول
sign-in-code-text = أدخل هذا الرمز لتسجيل الدخول إلى { $workspace }. يعمل مرة واحدة، لمدة { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}.
sign-in-code-not-you = إذا لم تكن أنت من طلبه فلا تفعل شيئًا: لا يستطيع من طلب الرمز استخدامه ما لم يرَ هذه الرسالة. لا تعطه لأحد أبدًا، حتى لو قال إنه يعمل لدى { $workspace }.

sign-up-code-subject = رمز التحقق من { $workspace }
sign-up-code-heading = رمز التحقق
sign-up-code-text = أدخل هذا الرمز لإكمال حسابك في { $workspace }. يعمل مرة واحدة، لمدة { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}.
sign-up-code-not-you = إذا لم تكن أنت من طلبه فلا تفعل شيئًا: لا يُفتح الحساب من دون هذا الرمز. لا تعطه لأحد أبدًا، حتى لو قال إنه يعمل لدى { $workspace }.

already-registered-subject = لديك حساب في { $workspace } بالفعل
already-registered-heading = لديك حساب بالفعل
already-registered-text = طلب أحدهم إنشاء حساب في { $workspace } بهذا العنوان، وله حساب بالفعل. إذا كنت أنت، فأدخل هذا الرمز لتسجيل الدخول إليه. يعمل مرة واحدة، لمدة { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}.
already-registered-not-you = إذا لم تكن أنت فلا تفعل شيئًا: لا يستطيع أحد تسجيل الدخول إلى حسابك بهذه الطريقة من دون هذا الرمز. لا تعطه لأحد أبدًا، حتى لو قال إنه يعمل لدى { $workspace }.

no-account-subject = لا يوجد حساب في { $workspace } لهذا العنوان
no-account-heading = لا يوجد حساب لهذا العنوان
no-account-text = أدخل أحدهم هذا العنوان في { $workspace }، لكن لا يوجد حساب له. إذا كنت أنت، فربما استخدمت عنوانًا آخر: ارجع وجرّبه.
no-account-sign-up = إذا لم يكن لديك حساب بعد، فيمكنك فتح حساب:
no-account-button = إنشاء حساب
no-account-not-you = إذا لم تكن أنت فلا تفعل شيئًا: لا يوجد حساب لعنوانك هنا، ولم يُفتح شيء ولم يتغيّر شيء.

code-not-offered-subject = تسجيل الدخول إلى { $workspace }
code-not-offered-heading = سجّل الدخول بطريقة أخرى
code-not-offered-text = طُلب رمز لتسجيل الدخول، لكن الرموز معطّلة لحسابك في { $workspace }.
code-not-offered-open = يمكنك تسجيل الدخول بواسطة:
code-not-offered-none = لا توجد طريقة أخرى متاحة لحسابك الآن. اطلب المساعدة من القائمين على { $workspace }.
code-not-offered-button = تسجيل الدخول
code-not-offered-forgot = إذا كنت لا تعرف كلمة المرور، فاختر كلمة جديدة:
code-not-offered-not-you = إذا لم تكن أنت فلا تفعل شيئًا: لم يُنشأ أي رمز ولم يتغيّر شيء.
method-password = البريد الإلكتروني وكلمة المرور
method-email-code = رمز عبر البريد الإلكتروني
method-other = { $method }

account-disabled-subject = حسابك في { $workspace } معطّل
account-disabled-heading = حسابك معطّل
account-disabled-text = حاول أحدهم تسجيل الدخول إلى { $workspace } بهذا العنوان. حسابه معطّل، لذلك لا يمكننا إدخالك. إذا كنت ترى أنه يجب أن يعمل، فاسأل القائمين على { $workspace }.
account-disabled-not-you = إذا لم تكن أنت فلا تفعل شيئًا: لا يستطيع أحد تسجيل الدخول إلى هذا الحساب وهو معطّل.

sign-up-closed-subject = التسجيل في { $workspace }
sign-up-closed-heading = لا يمكننا فتح حساب
sign-up-closed-text = طلب أحدهم حسابًا في { $workspace } بهذا العنوان، لكن { $workspace } لا يفتح حسابات له. إذا كنت أنت، فاطلب من القائمين على { $workspace } دعوتك.
sign-up-closed-not-you = إذا لم تكن أنت فلا تفعل شيئًا: لم يُفتح أي حساب.

reset-link-subject = اختر كلمة مرور جديدة لحسابك في { $workspace }
reset-link-heading = اختر كلمة مرور جديدة
reset-link-text = افتح هذا الرابط لاختيار كلمة مرور جديدة لحسابك في { $workspace }. يعمل مرة واحدة، لمدة { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}.
reset-link-button = اختيار كلمة مرور جديدة
reset-link-not-you = إذا لم تكن أنت فلا تفعل شيئًا: تبقى كلمة مرورك كما هي. كل من لديه هذا الرابط يستطيع اختيار كلمة جديدة، فلا تمرّره إلى أحد.

invite-subject = حسابك في { $workspace } جاهز
invite-heading = حسابك جاهز
invite-text = أنشأ { $workspace } حسابًا لهذا العنوان. افتح هذا الرابط لاختيار كلمة المرور. يعمل مرة واحدة، لمدة { $days ->
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
   *[other] { $days } يومًا
}.
invite-button = اختيار كلمة المرور
invite-not-you = إذا لم تكن تتوقع هذه الرسالة فلا تفعل شيئًا: لا يحدث شيء ما لم يُستخدم الرابط. كل من لديه يستطيع اختيار كلمة المرور، فلا تمرّره إلى أحد.

password-changed-subject = تغيّرت كلمة مرورك في { $workspace }
password-changed-heading = تغيّرت كلمة مرورك
password-changed-text = تغيّرت كلمة مرور حسابك في { $workspace } في { $date }، من { $device }.
password-changed-by-staff = غيّر القائمون على { $workspace } كلمة مرور حسابك في { $date }.
password-changed-not-you = إذا لم تكن أنت، فاختر كلمة مرور جديدة الآن. بذلك يُسجَّل خروج كل من دخل إلى حسابك:
password-changed-button = اختيار كلمة مرور جديدة

test-subject = رسالة تجريبية من { $workspace }
test-heading = البريد يعمل
test-text = هذه رسالة تجريبية. بما أنك تقرؤها، فإن { $workspace } يستطيع إرسال البريد إلى هذا العنوان.
test-not-you = إذا لم تكن تتوقع هذه الرسالة فلا تفعل شيئًا: أرسلها أحد القائمين على { $workspace } لتجربة إعدادات البريد.
