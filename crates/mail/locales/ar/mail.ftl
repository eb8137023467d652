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
} { $year } الساعة { $time } { $zone ->
    [UTC] بالتوقيت العالمي
   *[other] { $zone }
}
device-known = { $browser } على { $system }
device-unknown = جهاز لا نعرفه

mail-from = هذه الرسالة من { $workspace }:
mail-privacy = الخصوصية
mail-terms = شروط الاستخدام
mail-support = الدعم
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
method-passkey = مفتاح مرور
method-provider = ‏Google أو Microsoft أو مزوّد آخر
method-hand-over = تسليم من موقع شركتك
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

reset-link-by-staff-subject = اختر كلمة مرور جديدة لحسابك في { $workspace }
reset-link-by-staff-heading = اختر كلمة مرور جديدة
reset-link-by-staff-text = أرسل إليك أحد أعضاء فريق { $workspace } هذا الرابط لاختيار كلمة مرور جديدة. يعمل مرة واحدة، لمدة { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}.
reset-link-by-staff-button = اختيار كلمة مرور جديدة
reset-link-by-staff-not-you = إذا لم تطلبه منهم فلا تفعل شيئًا: تبقى كلمة مرورك كما هي. كل من لديه هذا الرابط يستطيع اختيار كلمة جديدة، فلا تمرّره إلى أحد، ولا حتى إلى فريق { $workspace }.

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

new-device-subject = تسجيل دخول جديد إلى حسابك في { $workspace }
new-device-heading = تسجيل دخول جديد
new-device-text = سُجّل دخول إلى حسابك في { $workspace } في { $date }، من { $device }، بواسطة { $method ->
    [password] كلمة مرورك
    [email-code] رمز أُرسل بالبريد الإلكتروني
    [passkey] مفتاح مرور
   *[other] { $method }
}. لم نرَ هذا المتصفح من قبل. إذا كنت أنت، فلا يلزمك فعل شيء.
new-device-not-you = إذا لم تكن أنت فأخبرنا. بذلك ينتهي هذا الدخول، ثم تختار كلمة مرور جديدة:
new-device-button = لم أكن أنا

fresh-proof-code-subject = رمز التأكيد من { $workspace }
fresh-proof-code-heading = رمز التأكيد
fresh-proof-code-text = أدخل هذا الرمز لتؤكد أنك أنت من يغيّر شيئًا في حسابك في { $workspace }. يعمل مرة واحدة، لمدة { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}.
fresh-proof-code-not-you = إذا لم تكن أنت من طلبه، فهناك من دخل إلى حسابك. لا تعط الرمز لأحد أبدًا، حتى لو قال إنه يعمل لدى { $workspace }. اذهب إلى صفحة تسجيل الدخول أدناه، واتبع «هل نسيت كلمة المرور؟»، واختر كلمة مرور جديدة: بذلك يُسجَّل خروج كل من دخل إلى حسابك.

email-proof-subject = أكّد عنوانك لدى { $workspace }
email-proof-heading = أكّد عنوانك
email-proof-text = طلب { $name } إضافة هذا العنوان إلى حسابه في { $workspace }. إذا كنت أنت صاحب الحساب، فافتح هذا الرابط لتأكيد العنوان. بعد ذلك يمكن تسجيل الدخول به إلى ذلك الحساب. يعمل الرابط مرة واحدة، لمدة { $hours ->
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $hours } ساعات
   *[other] { $hours } ساعة
}.
email-proof-button = تأكيد هذا العنوان
email-proof-not-you = إذا لم تكن أنت فلا تفعل شيئًا: من دون الرابط لا يفتح هذا العنوان ذلك الحساب لأحد. لا تؤكده لغيرك، ولا تمرّر الرابط إلى أحد.

email-belongs-elsewhere-subject = لم يُضف عنوانك إلى حساب آخر في { $workspace }
email-belongs-elsewhere-heading = لهذا العنوان حساب بالفعل
email-belongs-elsewhere-text = طلب أحدهم إضافة هذا العنوان إلى حسابه في { $workspace }. العنوان تابع لحساب آخر، لذلك لم يُضف. إذا كنت أنت، فسجّل الدخول بهذا العنوان: ستجده هناك، ويمكنك إزالته منه إذا أردته في الحساب الآخر.
email-belongs-elsewhere-not-you = إذا لم تكن أنت فلا تفعل شيئًا: يبقى حسابك كما هو، ولم يُخبَر من طلب ذلك بوجوده.

email-changed-subject-added = أُضيف عنوان إلى حسابك في { $workspace }
email-changed-heading-added = أُضيف عنوان
email-changed-text-added = أُضيف { $address } إلى حسابك في { $workspace } في { $date }، من { $device }. لا يمكن تسجيل الدخول به ما لم يؤكده صاحبه من رسالة تصل إليه.
email-changed-not-you-added = إذا لم تكن أنت فتراجع عن ذلك. بذلك يُزال العنوان من جديد ويُسجَّل خروج كل من دخل إلى حسابك:
email-changed-subject-verified = أُكّد عنوان من عناوين حسابك في { $workspace }
email-changed-heading-verified = أُكّد عنوان
email-changed-text-verified = أُكّد { $address } لحسابك في { $workspace } في { $date }، من { $device }. يمكن من الآن تسجيل الدخول به إلى حسابك.
email-changed-not-you-verified = إذا لم تكن أنت فتراجع عن ذلك. بذلك يُزال العنوان من جديد ويُسجَّل خروج كل من دخل إلى حسابك:
email-changed-subject-made-primary = لحسابك في { $workspace } عنوان أساسي جديد
email-changed-heading-made-primary = عنوان أساسي جديد
email-changed-text-made-primary = أصبح { $address } العنوان الأساسي لحسابك في { $workspace } في { $date }، من { $device }. تُرسل إليه من الآن روابط اختيار كلمة مرور جديدة.
email-changed-not-you-made-primary = إذا لم تكن أنت فتراجع عن ذلك. بذلك يعود العنوان السابق أساسيًا ويُسجَّل خروج كل من دخل إلى حسابك:
email-changed-subject-removed = أُزيل عنوان من حسابك في { $workspace }
email-changed-heading-removed = أُزيل عنوان
email-changed-text-removed = أُزيل { $address } من حسابك في { $workspace } في { $date }، من { $device }. لم يعد تسجيل الدخول به ممكنًا.
email-changed-not-you-removed = إذا لم تكن أنت فتراجع عن ذلك. بذلك يُضاف العنوان من جديد ويُسجَّل خروج كل من دخل إلى حسابك:
email-changed-button = التراجع عن هذا التغيير
email-changed-after = يعمل الرابط مرة واحدة، لمدة { $days ->
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
   *[other] { $days } يومًا
}. اختر بعد ذلك كلمة مرور جديدة: قد يعرف من فعل هذا كلمة مرورك.

security-notice-subject-two-factor-enabled = فُعّلت المصادقة الثنائية لحسابك في { $workspace }
security-notice-heading-two-factor-enabled = فُعّلت المصادقة الثنائية
security-notice-text-two-factor-enabled = فُعّلت المصادقة الثنائية لحسابك في { $workspace } في { $date }، من { $device }. يتطلب تسجيل الدخول من الآن رمزًا من تطبيق مصادقة، أو ما يقوم مقامه: رمزًا احتياطيًا أو مفتاح مرور.
security-notice-then-two-factor-enabled = إذا طُلب منك بعد ذلك رمز ليس لديك، فاطلب المساعدة من القائمين على { $workspace }.
security-notice-subject-two-factor-disabled = أُوقفت المصادقة الثنائية لحسابك في { $workspace }
security-notice-heading-two-factor-disabled = أُوقفت المصادقة الثنائية
security-notice-text-two-factor-disabled = أُوقفت المصادقة الثنائية لحسابك في { $workspace } في { $date }، من { $device }. لم يعد تسجيل الدخول يتطلب رمزًا ثانيًا.
security-notice-then-two-factor-disabled = ثم فعّلها من جديد:
security-notice-subject-backup-codes-renewed = رموز احتياطية جديدة لحسابك في { $workspace }
security-notice-heading-backup-codes-renewed = رموز احتياطية جديدة
security-notice-text-backup-codes-renewed = أُنشئت رموز احتياطية جديدة لحسابك في { $workspace } في { $date }، من { $device }. لم تعد الرموز السابقة تعمل.
security-notice-then-backup-codes-renewed = ثم أنشئ رموزًا احتياطية جديدة، حتى لا تعمل هذه:
security-notice-subject-backup-code-used = استُخدم رمز احتياطي لحسابك في { $workspace }
security-notice-heading-backup-code-used = استُخدم رمز احتياطي
security-notice-text-backup-code-used = استُخدم رمز احتياطي لحسابك في { $workspace } في { $date }، من { $device }. { $left ->
    [0] لم يبقَ أي رمز.
    [one] بقي رمز واحد.
    [two] بقي رمزان.
    [few] بقيت { $left } رموز.
   *[other] بقي { $left } رمزًا.
}
security-notice-few = سواء كنت أنت أم لا، أنشئ رموزًا جديدة ما دمت تستطيع تسجيل الدخول:
security-notice-few-button = إنشاء رموز احتياطية جديدة
security-notice-then-backup-code-used = ثم أنشئ رموزًا احتياطية جديدة، حتى لا تعمل البقية:
security-notice-subject-passkey-added = أُضيف مفتاح مرور إلى حسابك في { $workspace }
security-notice-heading-passkey-added = أُضيف مفتاح مرور
security-notice-text-passkey-added = أُضيف مفتاح المرور «{ $name }» إلى حسابك في { $workspace } في { $date }، من { $device }. يمكن تسجيل الدخول به من دون كلمة مرور ومن دون رمز.
security-notice-then-passkey-added = ثم أزل مفتاح المرور، فهو يعمل إلى أن تزيله:
security-notice-subject-passkey-removed = أُزيل مفتاح مرور من حسابك في { $workspace }
security-notice-heading-passkey-removed = أُزيل مفتاح مرور
security-notice-text-passkey-removed = أُزيل مفتاح المرور «{ $name }» من حسابك في { $workspace } في { $date }، من { $device }. لم يعد تسجيل الدخول به ممكنًا.
security-notice-then-passkey-removed = ثم أضف مفتاح المرور من جديد:
security-notice-subject-identity-connected = رُبطت طريقة دخول بحسابك في { $workspace }
security-notice-heading-identity-connected = رُبطت طريقة دخول
security-notice-text-identity-connected = رُبط حساب لدى { $name } بحسابك في { $workspace } في { $date }، من { $device }. يمكن من الآن تسجيل الدخول به إلى حسابك في { $workspace }.
security-notice-then-identity-connected = ثم افصله، فهو يدخل إلى حسابك إلى أن تفصله:
security-notice-subject-identity-disconnected = فُصلت طريقة دخول عن حسابك في { $workspace }
security-notice-heading-identity-disconnected = فُصلت طريقة دخول
security-notice-text-identity-disconnected = فُصل حساب لدى { $name } عن حسابك في { $workspace } في { $date }، من { $device }. لم يعد تسجيل الدخول به ممكنًا.
security-notice-then-identity-disconnected = ثم اربطه من جديد:
security-notice-subject-passkey-suspected = رُفض مفتاح مرور لحسابك في { $workspace }
security-notice-heading-passkey-suspected = رُفض مفتاح مرور
security-notice-text-passkey-suspected = استُخدم مفتاح المرور «{ $name }» لحسابك في { $workspace } في { $date }، من { $device }، ورُفض: فهو يعدّ مرات استخدامه، وقد رجع العدد إلى الوراء. قد يعني هذا أن مفتاح المرور نُسخ. لم يدخل به أحد.
security-notice-then-passkey-suspected = سواء كنت أنت أم لا، أزل مفتاح المرور هذا، وأضف مفتاحًا جديدًا إذا احتجت إليه:
security-notice-not-you = إذا لم تكن أنت، فاختر كلمة مرور جديدة الآن. بذلك يُسجَّل خروج كل من دخل إلى حسابك:
security-notice-button = اختيار كلمة مرور جديدة
security-notice-security-button = عرض مفاتيح المرور

emergency-door-subject-backup-sign-in = استُخدم الدخول الاحتياطي إلى { $workspace }
emergency-door-heading-backup-sign-in = استُخدم الدخول الاحتياطي
emergency-door-text-backup-sign-in = أدخل أحدهم كلمة المرور الصحيحة لحساب { $name } في صفحة الدخول الاحتياطي إلى { $workspace } في { $date }، من { $device }. تصل هذه الرسالة إلى جميع المديرين.
emergency-door-not-you-backup-sign-in = إذا لم تكن أنت، فاسأل { $name } الآن، وليس بالبريد الإلكتروني. إذا لم يكن هو أيضًا، فهناك من يعرف كلمة مروره، ويجب تغييرها فورًا. يتم ذلك بواسطة «هل نسيت كلمة المرور؟» في صفحة تسجيل الدخول، وبه يُسجَّل خروج كل من دخل إلى ذلك الحساب.
emergency-door-subject-recovery-issued = أُنشئ رابط استعادة لدى { $workspace }
emergency-door-heading-recovery-issued = أُنشئ رابط استعادة
emergency-door-text-recovery-issued = في { $date } أنشأ مشغّل الخادم رابط استعادة لحساب { $name } في { $workspace }. يعمل مرة واحدة، لبضع دقائق: كل من لديه يستطيع اختيار كلمة مرور جديدة وعامل ثانٍ جديد لذلك الحساب. تصل هذه الرسالة إلى جميع المديرين.
emergency-door-not-you-recovery-issued = إذا لم تكن تتوقع هذا، فاسأل { $name } الآن، وليس بالبريد الإلكتروني. إذا لم يطلبه، فاطلب من مشغّل الخادم تعطيل ذلك الحساب إلى أن يتضح ما حدث.
emergency-door-subject-recovery-used = استُخدم رابط استعادة لدى { $workspace }
emergency-door-heading-recovery-used = استُخدم رابط استعادة
emergency-door-text-recovery-used = استُخدم رابط الاستعادة الذي أُنشئ لحساب { $name } في { $workspace } في { $date }، من { $device }. يستطيع من استخدمه اختيار كلمة مرور جديدة وعامل ثانٍ جديد لذلك الحساب. تصل هذه الرسالة إلى جميع المديرين.
emergency-door-not-you-recovery-used = إذا لم تكن أنت، فاسأل { $name } الآن، وليس بالبريد الإلكتروني. إذا لم يكن هو أيضًا، فاطلب من مشغّل الخادم تعطيل ذلك الحساب إلى أن يتضح ما حدث.

settings-reverted-subject = أُعيدت إعدادات الأمان في { $workspace } إلى ما كانت عليه
settings-reverted-heading = أُعيدت إعدادات الأمان إلى ما كانت عليه
settings-reverted-text = تغيّرت إعدادات الأمان في { $workspace } في { $date }. لم يسجّل أي مدير الدخول بها في الوقت المحدد، فعادت كما كانت. تصل هذه الرسالة إلى جميع المديرين.
settings-reverted-next = لتغييرها مع ذلك، احفظها من جديد في صفحة «الأمان» وسجّل الدخول مرة واحدة، في متصفح آخر أو نافذة خاصة، قبل انتهاء الوقت المبيّن هناك.
settings-reverted-not-you = إذا لم تكن تتوقع هذا، فاسأل المديرين الآخرين عمّن غيّر الإعدادات. يبيّن ذلك سجل التدقيق أيضًا.

test-subject = رسالة تجريبية من { $workspace }
test-heading = البريد يعمل
test-text = هذه رسالة تجريبية. بما أنك تقرؤها، فإن { $workspace } يستطيع إرسال البريد إلى هذا العنوان.
test-not-you = إذا لم تكن تتوقع هذه الرسالة فلا تفعل شيئًا: أرسلها أحد القائمين على { $workspace } لتجربة إعدادات البريد.

caller-action-set-password = تعيين كلمة مرور مؤقتة لحسابك
caller-action-reset-two-factor = إيقاف المصادقة الثنائية في حسابك
caller-action-reset-two-factor-and-passkeys = إيقاف المصادقة الثنائية في حسابك وإزالة مفاتيح المرور منه
caller-code-subject = رمزك لفريق الدعم في { $workspace }
caller-code-heading = رمزك لفريق الدعم
caller-code-text = طلب أحد موظفي { $workspace } في { $date } ما يلي: { $action }. إذا كنت أنت من يتحدث معه، فاقرأ له هذا الرمز. يعمل مرة واحدة، لمدة { $minutes ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
   *[other] { $minutes } دقيقة
}.
caller-code-not-you = إذا لم تتصل أنت بـ { $workspace }، فاحتفظ بالرمز لنفسك ولا تفعل شيئًا: لا يحدث شيء من دونه. لا تكتبه أبدًا في صفحة ويب.
caller-notice-subject-announced = طُلبت مساعدة بشأن حسابك في { $workspace }
caller-notice-heading-announced = طُلبت مساعدة بشأن حسابك
caller-notice-text-announced = طلب أحدهم من دعم { $workspace } مساعدة بشأن حسابك في { $date }، ولم يثبت أنه أنت. لذلك سيقوم الموظفون، في { $due } على أقرب تقدير وما لم توقف ذلك، بما يلي: { $action }.
caller-notice-not-you-announced = إذا لم تكن أنت، فأوقف ذلك:
caller-notice-stop = إيقاف
caller-notice-subject-refused = رفضت طلبًا من دعم { $workspace }
caller-notice-heading-refused = رُفض طلب
caller-notice-text-refused = طلب أحد موظفي { $workspace } ما يلي: { $action }. رُفض ذلك من حسابك أو برابط في بريدك في { $date }، ولم يتغيّر شيء.
caller-notice-not-you-refused = إذا كنت لا تعرف من طلب المساعدة باسمك، فلا حاجة إلى فعل شيء آخر. وإذا لم تكن أنت من رفض، فاختر كلمة مرور جديدة:
caller-notice-subject-cancelled = سُحب طلب من دعم { $workspace }
caller-notice-heading-cancelled = سُحب طلب
caller-notice-text-cancelled = لن يقوم موظفو { $workspace } بما يلي: { $action }. سُحب ذلك في { $date }، ولم يتغيّر شيء.
caller-notice-not-you-cancelled = إذا لم تطلب مساعدة، فلا حاجة إلى فعل شيء. يمكنك اختيار كلمة مرور جديدة في أي وقت:
caller-notice-subject-done = غيّر دعم { $workspace } طريقة دخولك
caller-notice-heading-done = غيّر فريق الدعم طريقة دخولك
caller-notice-text-done = طلبت ذلك أنت، أو طلبه أحدهم باسمك: في { $date } قام موظفو { $workspace } بما يلي: { $action }. سُجّل خروجك في كل مكان.
caller-notice-not-you-done = إذا لم تكن أنت، فاختر كلمة مرور جديدة الآن. بذلك تُلغى كلمة المرور المؤقتة:

account-deleted-subject = حُذف حسابك في { $workspace }
account-deleted-heading = حُذف حسابك
account-deleted-text = حُذف حسابك في { $workspace } في { $date }، من { $device }. لم يعد تسجيل الدخول به ممكنًا.
account-deleted-by-staff = حذف القائمون على { $workspace } حسابك في { $date }. لم يعد تسجيل الدخول به ممكنًا.
account-deleted-until = يمكن التراجع عن ذلك حتى { $due }. بعد ذلك يُزال نهائيًا ما يعرفه { $workspace } عنك هنا.
account-deleted-undo = إذا لم تكن أنت، أو غيّرت رأيك، فاستعد الحساب:
account-deleted-elsewhere = إذا لم تكن أنت، فافتح الرسالة التي أُرسلت إلى العنوان الأساسي للحساب: فيها رابط يستعيده.
account-deleted-ask = إذا كان هذا خطأ، فاسأل القائمين على { $workspace }: يمكنهم استعادة الحساب.
account-deleted-button = استعادة الحساب
account-restored-subject = عاد حسابك في { $workspace }
account-restored-heading = عاد حسابك
account-restored-text = استُعيد حسابك في { $workspace } في { $date }. يمكن تسجيل الدخول به كما كان.
account-restored-not-you = إذا لم تكن أنت، فاختر كلمة مرور جديدة الآن:
