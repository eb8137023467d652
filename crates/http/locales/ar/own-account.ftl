# صفحات حساب المستخدم.

language-name = العربية
date-and-time = { $day } { $month ->
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
} { $year }، { $time } { $zone ->
    [UTC] بالتوقيت العالمي
   *[other] { $zone }
}
device-both = { $browser } على { $system }
device-one = { $name }
device-unknown = جهاز لا نعرفه

account-rail = حسابك
account-profile = الملف الشخصي
account-emails = البريد الإلكتروني والإشعارات
account-security = الأمان
save = حفظ
remove = إزالة
remove-one = إزالة { $name }
back-to-security = العودة إلى الأمان

profile-heading = ملفك الشخصي
profile-details = معلومات عنك
profile-language = اللغة
profile-language-browser = كما في متصفحي
profile-time-zone = المنطقة الزمنية
profile-time-zone-hint = تُعرض الأوقات بها في الصفحات والرسائل.
profile-time-zone-none = لم تُختر (التوقيت العالمي)
picture-title = الصورة
picture-alt = صورتك
picture-label = اختر صورة
picture-hint = ‏PNG أو JPEG أو WebP أو GIF، بحجم 2 ميغابايت على الأكثر. نقصّها إلى مربع.
picture-upload = رفع
picture-remove = إزالة الصورة

emails-title = عناوين بريدك الإلكتروني
emails-what = يمكنك تسجيل الدخول بكل عنوان مؤكَّد، وكلمة المرور واحدة لها جميعًا.
email-primary = الأساسي
email-make-primary = اجعله الأساسي
email-resend = إعادة إرسال التأكيد
email-not-proved = لم يُؤكَّد بعد. افتح الرابط في الرسالة التي أرسلناها إليه.
email-only-one = لا يمكن إزالة عنوانك الوحيد. أضف عنوانًا آخر أولًا.
email-add-label = أضف عنوان بريد إلكتروني
email-add-hint = نرسل إليه رسالة فيها رابط لتأكيد أنه لك.
email-add = إضافة
notices-title = ما نراسلك بشأنه
notices-security = تصلك رسالة على عناوينك عند حدوث ما قد يتيح لغيرك الدخول:
notices-new-device = تسجيل دخول من جهاز لم تستخدمه من قبل
notices-credentials = كلمة مرور جديدة، أو إضافة مفتاح مرور أو إزالته
notices-addresses = إضافة عنوان أو إزالته أو جعله أساسيًا
notices-two-factor = تفعيل المصادقة الثنائية أو إيقافها، ورموز احتياطية جديدة، واستخدام رمز احتياطي
notices-always = لا يمكن إيقافها: بها تعرف في الوقت المناسب.

current-password = كلمة المرور الحالية
password-change = تغيير كلمة المرور
password-change-text = عند تغييرها يُسجَّل خروجك من كل مكان آخر.
password-off = الدخول بكلمة مرور موقوف هنا.
password-off-but-emergency = الدخول بكلمة مرور موقوف هنا. كلمة مرور لك لا تفتح إلا الدخول الاحتياطي للمشرفين.
password-none = ليست لديك كلمة مرور بعد. يمكنك تسجيل الدخول بدونها، وتعيين واحدة هنا.
password-set-first = تعيين كلمة مرور

two-factor-title = إدارة المصادقة الثنائية
two-factor-is-on = مفعّلة.
two-factor-since = فُعّلت في { $date }.
two-factor-is-off = غير مفعّلة.
two-factor-what = عند تفعيلها يتطلب تسجيل الدخول رمزًا من تطبيق على هاتفك أيضًا، فلا يدخل أحد بكلمة مرورك وحدها.
two-factor-required = يشترطها مركز المساعدة هذا. إذا لم تفعّلها الآن فستفعّلها عند تسجيل دخولك القادم.
two-factor-enable = تفعيل
two-factor-disable = إيقاف
two-factor-disable-hint = إيقاف: تتوقف رموزك الاحتياطية عن العمل ويُسجَّل خروجك من كل مكان آخر. يمكنك تفعيلها من جديد في أي وقت.
two-factor-disable-required = إيقاف: يشترط مركز المساعدة هذا المصادقة الثنائية، لذلك ستُعدّها من جديد عند تسجيل دخولك القادم.
two-factor-new-codes = رموز احتياطية جديدة
two-factor-new-codes-hint = رموز احتياطية جديدة: تتوقف القديمة عن العمل فورًا.
backup-codes-left =
    { $count ->
        [0] لم يبقَ لديك أي رمز احتياطي.
        [one] بقي لديك رمز احتياطي واحد.
        [two] بقي لديك رمزان احتياطيان.
        [few] بقيت لديك { $count } رموز احتياطية.
       *[other] بقي لديك { $count } رمزًا احتياطيًا.
    }
backup-codes-few = أنشئ رموزًا جديدة لتتمكن من الدخول دون هاتفك.

two-factor-set-up = إعداد المصادقة الثنائية
two-factor-step-app = افتح تطبيق مصادقة على هاتفك.
two-factor-step-scan = امسح هذه الصورة به.
two-factor-step-next = يعرض التطبيق رمزًا يتغير كل 30 ثانية. بعدها تابع.
two-factor-qr-alt = رمز QR لتطبيق المصادقة. إن لم تتمكن من مسحه فاستخدم المفتاح أدناه.
two-factor-open-app = افتح في التطبيق على هذا الجهاز
two-factor-key-text = أو أدخل هذا المفتاح في التطبيق:
two-factor-next = التالي
two-factor-not-now = ليس الآن
two-factor-code-text = أدخل الرمز الذي يعرضه التطبيق الآن. تُفعَّل المصادقة الثنائية إذا كان صحيحًا.
two-factor-code = أدخل رمز المصادقة
two-factor-code-hint = 6 أرقام.
two-factor-turn-on = تفعيل المصادقة الثنائية
two-factor-back-to-key = عرض رمز QR مرة أخرى

backup-codes-title = رموزك الاحتياطية
backup-codes-just-on = المصادقة الثنائية مفعّلة الآن.
backup-codes-renewed = هذه رموزك الاحتياطية الجديدة. لم تعد القديمة تعمل.
backup-codes-what = بأحد هذه الرموز تدخل حين لا يكون هاتفك معك. يعمل كل منها مرة واحدة.
backup-codes-save = احفظها الآن: اطبعها أو نزّلها أو التقط صورة للشاشة. لا يمكننا عرضها مرة أخرى.
backup-codes-copy = نسخ
backup-codes-copied = نُسخت. ألصقها في مكان آمن.
backup-codes-download = تنزيل
backup-codes-print = طباعة
backup-codes-saved = لقد حفظت هذه الرموز
backup-codes-file = رموز احتياطية لـ { $workspace }. يعمل كل منها مرة واحدة.

passkeys-title = مفاتيح المرور
passkeys-what = يسجّل مفتاح المرور دخولك ببصمتك أو وجهك أو رمز جهازك، وهو خطوتان في خطوة واحدة.
passkeys-empty = ليست لديك مفاتيح مرور بعد. عند إضافة واحد يظهر هنا.
passkey-add = إضافة مفتاح مرور
passkey-added = أُضيف في
passkey-used = آخر استخدام
passkey-never-used = لم يُستخدم قط
passkey-synced = له نسخة احتياطية: يبقى بعد فقدان الجهاز.
passkey-one-device = على جهاز واحد فقط.
passkey-rename-summary = أعطه اسمًا آخر
passkey-rename = إعادة تسمية
passkey-name = اسم مفتاح المرور
passkey-name-hint = مثلًا الجهاز الموجود عليه. يمكنك تركه فارغًا.
passkey-new-text = يطلب منك جهازك تأكيد أنك أنت. بعدها يمكنك تسجيل الدخول به.
passkey-create = إنشاء مفتاح المرور
passkey-needs-script = تحتاج مفاتيح المرور إلى JavaScript. فعّله لهذا الموقع وأعد تحميل الصفحة.

sessions-title = الجلسات
sessions-what = الأماكن التي سُجّل دخولك فيها الآن. أنهِ ما لا تعرفه وغيّر كلمة مرورك.
session-this = هذه
session-address = من
session-opened = سُجّل الدخول في
session-used = آخر استخدام
session-end = إنهاء
session-end-others = إنهاء كل الجلسات الأخرى

ways-back-title = طرق العودة
ways-back-text = ما يمكنك الدخول به إذا فقدت شيئًا:
loss-phone = دون هاتفك
loss-mailbox = دون صندوق بريد عنوانك الأساسي
loss-password = دون كلمة مرورك
ways-back-nothing = لا شيء. سيكون عليك سؤال القائمين على مركز المساعدة هذا.
route-password = كلمة مرورك
route-email-code = رمز بالبريد الإلكتروني
route-reset-link = كلمة مرور جديدة عبر «هل نسيت كلمة المرور؟»
route-passkey = مفتاح مرور
route-provider = حساب متصل، مثل Google
route-then-app = رمز من تطبيقك
route-then-backup-code = رمز احتياطي
route-then-passkey = مفتاح مرور
route-two-steps = { $first }، ثم { $second }
warning-nothing-at-all = لن يتيح لك شيء الدخول بعد خروجك. أضف مفتاح مرور ما دمت هنا، أو اسأل القائمين على مركز المساعدة هذا.
warning-one-way-left = شيء واحد فقط يتيح لك الدخول. إذا فقدته فلن يساعدك إلا القائمون على مركز المساعدة هذا.
warning-nothing-without-phone = إذا فقدت هاتفك فلن تتمكن من الدخول.
warning-nothing-without-mailbox = إذا فقدت صندوق بريدك فلن تتمكن من الدخول.
warning-nothing-without-password = إذا فقدت كلمة مرورك فلن تتمكن من الدخول.
warning-title-remove-passkey = إزالة مفتاح المرور هذا؟
warning-title-remove-email = إزالة هذا العنوان؟
warning-title-disable = إيقاف المصادقة الثنائية؟
warning-text = يمكن ذلك، لكنه يغيّر ما يمكنك الدخول به. بعده:
warning-advice = يمكنك أولًا إضافة طريقة دخول أخرى: كلمة مرور أو مفتاح مرور أو عنوان بريد آخر.
warning-keep = اتركه كما هو
warning-go-on = تابع رغم ذلك

confirm-heading = أكّد أنك أنت
confirm-text = هذا يغيّر حماية حسابك، لذلك نتأكد من أنك أنت. ما أدخلته محفوظ.
confirm-passkey = استخدم مفتاح مرور
confirm-with-code = المتابعة بهذا الرمز
confirm-code-hint = 6 أرقام من تطبيقك، أو أحد رموزك الاحتياطية.
confirm-send-code = أرسل إليّ رمزًا بالبريد
confirm-email-code = الرمز الوارد في الرسالة
confirm-cancel = إلغاء

notice-two-factor-on = المصادقة الثنائية مفعّلة.
notice-passkey-added = أُضيف مفتاح مرورك.
notice-passkey-renamed = لمفتاح مرورك اسم جديد.
notice-passkey-removed = أُزيل مفتاح المرور. سُجّل خروجك من كل مكان آخر.
notice-session-ended = انتهت تلك الجلسة.
notice-others-ended = انتهت كل الجلسات الأخرى.
notice-profile-saved = حُفظ ملفك الشخصي.
notice-picture-set = حُفظت صورتك.
notice-picture-removed = أُزيلت صورتك.
notice-proof-sent = أرسلنا رسالة إلى ذلك العنوان. افتح الرابط فيها لتأكيد أنه لك. إذا لم يصل شيء فابحث في مجلد الرسائل غير المرغوب فيها.
notice-primary-changed = تغيّر عنوانك الأساسي. سُجّل خروجك من كل مكان آخر.
notice-email-removed = أُزيل العنوان.

error-current-password-missing = أدخل كلمة مرورك الحالية.
error-proof-code-missing = أدخل رمزًا.
error-app-code-shape = يتكون الرمز من 6 أرقام. انظر إلى التطبيق وأدخله مرة أخرى.
error-passkey-name-missing = أدخل اسمًا لمفتاح المرور.
error-language-unknown = اختر لغة من القائمة.
error-time-zone-unknown = اختر منطقة زمنية من القائمة.
error-picture-missing = اختر صورة أولًا.
error-picture-too-large = هذا الملف كبير جدًا. اختر صورة لا تزيد على { $megabytes } ميغابايت.
error-picture-kind = هذا الملف ليس صورة يمكننا استخدامها. اختر PNG أو JPEG أو WebP أو GIF.
error-picture-pixels = هذه الصورة كبيرة جدًا. اختر واحدة لا يزيد ضلعها على { $pixels } بكسل.
error-picture-damaged = لا يمكن قراءة هذه الصورة، فقد تكون تالفة. اختر غيرها.
error-email-yours = هذا العنوان موجود في حسابك من قبل.
error-emails-too-many = في حسابك أكبر عدد ممكن من العناوين. أزل واحدًا أولًا.
refusal-current-password = كلمة المرور هذه غير صحيحة. أدخلها مرة أخرى، أو استخدم «هل نسيت كلمة المرور؟».
refusal-first-code = هذا الرمز غير صحيح. انتظر الرمز التالي من التطبيق وأدخله. إذا رُفض مرة أخرى فتأكد من صحة ساعة هاتفك.
refusal-passkey-failed = تعذّرت إضافة مفتاح المرور. ابدأ من جديد.
refusal-passkey-known = مفتاح المرور هذا موجود في حسابك من قبل.
refusal-passkeys-too-many = في حسابك أكبر عدد ممكن من مفاتيح المرور. أزل واحدًا أولًا.
refusal-two-factor-not-on = المصادقة الثنائية غير مفعّلة، فلم يتغير شيء.
refusal-setup-over = استغرق الإعداد وقتًا فانتهت صلاحية المفتاح. ابدأ من جديد.
refusal-email-gone = لم يعد هذا العنوان في حسابك.
refusal-email-unproved = لم يُؤكَّد هذا العنوان بعد. افتح أولًا الرابط في الرسالة التي أرسلناها إليه.
refusal-email-primary = لا يمكن إزالة عنوانك الأساسي. اجعل غيره أساسيًا أولًا.
refusal-email-last-verified = لا يمكن إزالة آخر عنوان مؤكَّد لديك. أضف غيره وأكّده أولًا.
refusal-session-gone = كانت تلك الجلسة قد انتهت.
