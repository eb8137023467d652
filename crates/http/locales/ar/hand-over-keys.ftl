# مفاتيح التسليم من موقع الشركة.
admin-hand-over = التسليم
hand-over-key-heading = التسليم من موقعك
hand-over-key-what = من سجّل الدخول في موقعك يصل إلى هنا مسجّل الدخول: يوقّع موقعك رمزًا قصيرًا بأحد هذه المفاتيح ويرسل المتصفح إلى ⁦/sign-in/jwt⁩.
hand-over-key-off-customers = التسليم متوقف للعملاء، فلا يُدخل أي رمز أحدًا.
hand-over-key-off-staff = التسليم متوقف للموظفين، فلا يُدخلهم أي رمز.
hand-over-key-switch = تغيير هذا في الأمان
hand-over-key-changing-over = هناك مفتاحان ساريان. انقل موقعك إلى الجديد، ثم ألغِ القديم.
hand-over-keys = المفاتيح
hand-over-key-new = مفتاح جديد
hand-over-key-new-what = مفتاح للعملاء. من يملكه يستطيع الدخول باسم أي منهم، فاحفظه كأنه كلمة مرورهم جميعًا.
hand-over-key-id = معرّف المفتاح
hand-over-key-audience = يسلّم
hand-over-key-customers = العملاء
hand-over-key-staff = الموظفين
hand-over-key-algorithm = الخوارزمية
hand-over-key-shared = { $algorithm }: سر مشترك يُنشأ هنا
hand-over-key-public = { $algorithm }: مفتاح عام لموقعك
hand-over-key-public-key = المفتاح العام
hand-over-key-public-key-hint = بصيغة PEM أو JSON Web Key، لخوارزميتي RS256 وES256 فقط. اتركه فارغًا للسر المشترك.
hand-over-key-highest-role = أعلى دور
hand-over-key-made = أُضيف
hand-over-key-add = إضافة المفتاح
hand-over-key-made-heading = أُضيف المفتاح
hand-over-key-made-once = احفظ السر حيث يحفظ موقعك أسراره. لن يظهر مرة أخرى. استخدمه كما هو، ومنه «dwh_».
hand-over-key-made-public = تُقبل من الآن الرموز التي يوقّعها موقعك بالمفتاح الخاص.
hand-over-key-secret = السر
hand-over-key-kept = تم
hand-over-key-revoke = إلغاء
hand-over-key-revoked = ملغى
hand-over-key-revoke-title = هل تريد إلغاء هذا المفتاح؟
hand-over-key-revoke-what = يُرفض الرمز التالي الموقّع بالمفتاح { $id }. تبقى الجلسات المفتوحة مفتوحة.
hand-over-key-revoke-for-good = لا يمكن التراجع عن هذا. أضف مفتاحًا جديدًا أولًا إذا كان موقعك لا يزال يستخدم هذا.
hand-over-key-empty = لا يوجد مفتاح بعد. أضف واحدًا وأدخله في موقعك.
hand-over-key-renew = لتجديد مفتاح، أضف مفتاحًا ثانيًا، وانقل موقعك إليه، ثم ألغِ الأول.
hand-over-key-staff-by-server = يُضاف مفتاح الموظفين على الخادم: ⁦doorward hand-over key add⁩.
hand-over-key-algorithm-wrong = اختر خوارزمية.
hand-over-key-too-many = هناك مفتاحان ساريان للعملاء. ألغِ أحدهما أولًا.
hand-over-key-role-wrong = اختر دورًا من أدوار العملاء.
hand-over-key-beyond-own = يسمح هذا الدور بأكثر مما يُسمح لك به.
hand-over-key-public-missing = ألصق المفتاح العام لموقعك.
hand-over-key-public-not-shared = يُنشأ السر المشترك هنا. اترك هذا فارغًا، أو اختر RS256 أو ES256.
hand-over-key-other-algorithm = المفتاح العام مخصص لخوارزمية { $fits }.
hand-over-key-unreadable = ليس هذا مفتاحًا عامًا بصيغة PEM ‏(BEGIN PUBLIC KEY) ولا JSON Web Key.
hand-over-key-private = هذا مفتاح خاص. استبدله في موقعك بعد أن نُسخ، وألصق المفتاح العام.
hand-over-key-rsa-size = طول مفتاح RSA هو { $bits } بت. استخدم مفتاحًا من 2048 بت على الأقل و8192 على الأكثر.
hand-over-key-kind = لا يُستخدم هذا النوع من المفاتيح هنا. استخدم RSA ‏(RS256) أو P-256 ‏(ES256).
hand-over-check-heading = فحص رمز
hand-over-check-what = ألصق رمزًا كما أنشأه موقعك. لا يستهلكه الفحص، ولا يُعرض مرة أخرى.
hand-over-check-token = الرمز
hand-over-check-button = فحص
hand-over-check-found = ما وجده الفحص
hand-over-check-wrong = لن يُدخل أحدًا. أول خطأ فيه:
hand-over-check-good = لا خطأ فيه.
hand-over-check-field = الحقل
hand-over-check-was = كان
hand-over-check-should = ينبغي أن يكون
hand-over-check-reason = السبب في الإيصال
hand-over-check-key = وُقّع بالمفتاح
hand-over-check-new-account = سيُنشئ حسابًا جديدًا.
hand-over-check-account = سيُدخل إلى حساب موجود.
hand-over-check-opens = سيُدخل { $name }.
hand-over-check-no-drift = ساعتك توافق ساعتنا.
hand-over-check-ahead = { $seconds ->
    [one] أُنشئ قبل ساعتنا بثانية واحدة.
    [two] أُنشئ قبل ساعتنا بثانيتين.
    [few] أُنشئ قبل ساعتنا بـ { $seconds } ثوانٍ.
   *[other] أُنشئ قبل ساعتنا بـ { $seconds } ثانية.
}
hand-over-check-behind = { $seconds ->
    [one] أُنشئ قبل ثانية واحدة بحسب ساعتنا.
    [two] أُنشئ قبل ثانيتين بحسب ساعتنا.
    [few] أُنشئ قبل { $seconds } ثوانٍ بحسب ساعتنا.
   *[other] أُنشئ قبل { $seconds } ثانية بحسب ساعتنا.
}
notice-hand-over-key-revoked = أُلغي المفتاح.
