# Security: the rules of the door, providers with credentials of one's own, embedding.

security-heading = الأمان
security-tabs = لمن هذه القواعد
security-customers = العملاء
security-staff = الموظفون
security-of-customers = { $setting } (العملاء)
security-of-staff = { $setting } (الموظفون)
security-recommend-two-factor = ننصح باشتراط المصادقة الثنائية على الموظفين: عندئذ لا تكفي كلمة مرور مسروقة لدخول هذه اللوحة.

security-methods = طرق تسجيل الدخول
security-method-password = البريد الإلكتروني وكلمة المرور
security-method-code = رمز بالبريد الإلكتروني
security-method-code-hint = يصل رمز لمرة واحدة إلى صندوق بريد الشخص.
security-method-passkey = مفتاح المرور
security-method-hand-over = التسليم من موقعكم
security-method-hand-over-hint = رمز موقَّع (JWT) يسجّل دخول من هو مسجَّل الدخول في موقعكم.
security-way-provider = تسجيل الدخول عبر { $provider }

security-providers = مزوّدو الهوية
security-provider-own = ببيانات اعتماد خاصة بكم.
security-provider-server = ببيانات اعتماد هذا الخادم.
security-provider-none = لا يمكن لأحد استخدامه إلى أن تكون له بيانات اعتماد.
security-provider-credentials = بيانات اعتماد { $provider }
security-provider-add = إضافة مزوّد
security-second-factor-from = الوثوق بقول { $provider } إن عاملًا ثانيًا قد استُخدم

security-two-factor = المصادقة الثنائية
security-two-factor-required = اشتراط المصادقة الثنائية
security-two-factor-hint = من ليست لديه يُعدّها عند تسجيل الدخول التالي.

security-passwords = كلمات المرور
security-min-length = أقل عدد من الأحرف
security-min-length-two-factor = أقل عدد من الأحرف مع المصادقة الثنائية

security-sessions = مدة بقاء الأشخاص مسجَّلي الدخول
security-idle = من دون أي نشاط
security-absolute = على الأكثر
security-unit = الوحدة: { $of }
security-minutes = دقائق
security-hours = ساعات
security-days = أيام
security-some-minutes = { $count ->
    [one] دقيقة واحدة
    [two] دقيقتان
    [few] { $count } دقائق
   *[other] { $count } دقيقة
}
security-some-hours = { $count ->
    [one] ساعة واحدة
    [two] ساعتان
    [few] { $count } ساعات
   *[other] { $count } ساعة
}
security-some-days = { $count ->
    [one] يوم واحد
    [two] يومان
    [few] { $count } أيام
   *[other] { $count } يومًا
}
security-characters = { $count ->
    [one] حرف واحد
    [two] حرفان
    [few] { $count } أحرف
   *[other] { $count } حرفًا
}

security-sign-up = إنشاء الحسابات
security-sign-up-who = من يمكنه إنشاء حساب
security-sign-up-open = أي شخص
security-sign-up-domains = من له عنوان في هذه النطاقات
security-sign-up-closed = لا أحد
security-domains = نطاقات البريد
security-domains-hint = مفصولة بفواصل، مثل example.com, example.org. لا أثر لها إلا مع الخيار أعلاه.
security-portal-links = روابط البوابة
security-portal-links-hint = روابط تفتح البوابة لجهة اتصال واحدة بعد رمز إلى صندوق بريدها.

security-everyone = للجميع
security-directory = من هم في الدليل فقط
security-directory-hint = عندئذ لا يقبل تسجيل الدخول الموحّد إلا من له سجل نشط في دليلكم المتزامن.
security-directory-ask = من يُسأل
security-directory-ask-hint = يظهر لمن ليسوا في الدليل، مثل «اسأل مكتب تقنية المعلومات، تحويلة 200».
security-embedding = مواقع يجوز لها عرض صفحات تسجيل الدخول في إطار
security-embedding-hint = واحد في كل سطر، مثل https://help.example.com. إذا تُرك فارغًا فلا يجوز لأي موقع.

security-preview-button = معاينة التغييرات
security-save = حفظ التغييرات
security-counting = جارٍ فحص الجميع
security-counting-so-far = فُحص { $seen } من نحو { $of }
security-counting-broken = انقطع الفحص. لم يتغيّر شيء. أعد معاينة التغييرات بعد قليل.
security-preview = ما الذي سيتغيّر
security-preview-nothing = لن يتغيّر شيء.
security-preview-nobody = لن تتغيّر طرق دخول أحد.
security-preview-people = { $count ->
    [one] فُحص شخص واحد
    [two] فُحص شخصان
    [few] فُحص { $count } أشخاص
   *[other] فُحص { $count } شخصًا
}
security-setting = الإعداد
security-before = الآن
security-after = بعد التغيير
security-way = طريقة الدخول
security-audience = لمن
security-gain = يكسبونها
security-keep = تبقى لهم
security-lose = يفقدونها
security-gain-first = { $count ->
    [one] شخص واحد ليست له الآن أي طريقة دخول يحصل على واحدة.
    [two] شخصان ليست لهما الآن أي طريقة دخول يحصلان على واحدة.
    [few] { $count } أشخاص ليست لهم الآن أي طريقة دخول يحصلون على واحدة.
   *[other] { $count } شخصًا ليست لهم الآن أي طريقة دخول يحصلون على واحدة.
}
security-have-to-enrol = { $count ->
    [one] على شخص واحد إعداد المصادقة الثنائية عند تسجيل الدخول التالي.
    [two] على شخصين إعداد المصادقة الثنائية عند تسجيل الدخول التالي.
    [few] على { $count } أشخاص إعداد المصادقة الثنائية عند تسجيل الدخول التالي.
   *[other] على { $count } شخصًا إعداد المصادقة الثنائية عند تسجيل الدخول التالي.
}
security-lose-last = { $count ->
    [one] شخص واحد يفقد آخر طريقة دخول له
    [two] شخصان يفقدان آخر طريقة دخول لهما
    [few] { $count } أشخاص يفقدون آخر طريقة دخول لهم
   *[other] { $count } شخصًا يفقدون آخر طريقة دخول لهم
}
security-lose-nobody = لا أحد يفقد آخر طريقة دخول له.
security-person = الشخص
security-address = العنوان
security-export = تنزيل القائمة كاملة
security-on-trial = هذا يغيّر كيفية دخول المشرفين. يتراجع التغيير من نفسه بعد مدة ما لم يسجّل أحد المشرفين دخوله من جديد خلالها.
security-confirm = احفظ التغييرات مرة أخرى إن كان هذا ما تريده.
security-locked-out-you = لن يمكنك أنت تسجيل الدخول بعد ذلك.
security-locked-out-all = لن يمكن لأي مشرف تسجيل الدخول بعد ذلك.
security-locked-out-mend = لم تُحفظ هذه التغييرات. أبقِ على طريقة دخول واحدة على الأقل لديك، أو أعدّ لنفسك طريقة أخرى أولًا.
security-conflict = غيّر شخص آخر الإعدادات في هذه الأثناء
security-conflict-text = لم يُحفظ شيء. النموذج أدناه يحتفظ بما أدخلته، وهو يختلف عمّا يسري الآن في التالي:

security-on = مفعّل
security-off = متوقف
security-value = { $value }
security-value-none = لا شيء
security-number-wrong = اكتب عددًا صحيحًا من { $low } إلى { $high }.
security-length-wrong = اكتب مدة من { $low } { $low_unit ->
    [days] يوم
    [hours] ساعة
   *[minutes] دقيقة
} إلى { $high } { $high_unit ->
    [days] يوم
    [hours] ساعة
   *[minutes] دقيقة
}.
security-domains-wrong = اكتب نطاقات بريد مفصولة بفواصل، مثل example.com.
security-text-long = اكتب { $most } حرفًا على الأكثر.
security-embedding-wrong = اكتب 20 عنوانًا على الأكثر تبدأ بـ https:// وتحوي اسم مضيف ولا شيء بعده.
security-no-way-for-staff = أبقِ واحدة على الأقل من كلمة المرور ورمز البريد ومفتاح المرور، وإلا فلن يمكن لأي موظف تسجيل الدخول.
security-form-wrong = في النموذج شيء لا تعرفه هذه الصفحة. أعد تحميلها.

notice-settings-saved = تم الحفظ.
notice-settings-on-trial = تم الحفظ مؤقتًا: سجّل الدخول من جديد في متصفح آخر قبل انقضاء الوقت المبيَّن أعلاه، وإلا تراجع التغيير من نفسه.
notice-provider-saved = حُفظت بيانات الاعتماد.
notice-provider-removed = أُزيلت بيانات الاعتماد.

provider-heading = بيانات اعتماد { $provider }
provider-heading-new = إضافة مزوّد
provider-own = تستخدم مساحة عملكم بيانات اعتماد خاصة بها.
provider-of-server = تستخدم مساحة عملكم بيانات اعتماد هذا الخادم. ما يُحفظ هنا يحل محلها.
provider-none = لا يمكن لأحد تسجيل الدخول عبر هذا المزوّد بعد: ليست له بيانات اعتماد.
provider-callback = عنوان الرجوع
provider-callback-hint = سجّل هذا العنوان لدى المزوّد حرفًا بحرف.
provider-id = الاسم القصير
provider-id-hint = يظهر في العناوين: google أو microsoft أو facebook أو twitter، أو اسم من عندك من a–z و0–9 والشرطات.
provider-id-wrong = اكتب اسمًا قصيرًا من a–z و0–9 والشرطات، 40 على الأكثر؛ والاسم jwt محجوز.
provider-name = الاسم على الزر
provider-name-hint = اتركه فارغًا للاسم المعتاد.
provider-client-id = معرّف العميل
provider-client-id-missing = اكتب معرّف العميل الذي أعطاك إياه المزوّد.
provider-issuer = جهة الإصدار
provider-issuer-hint = عنوان https مثل https://sso.example.com. المزوّدون الكبار لا يحتاجونه.
provider-secret = سر العميل
provider-secret-hint = لن يُعرض على أحد مرة أخرى.
provider-secret-kept = هناك سر محفوظ. اترك هذا فارغًا للإبقاء عليه؛ واكتبه من جديد إذا غيّرت العميل أو عنوانًا.
provider-secret-missing = اكتب سر العميل الذي أعطاك إياه المزوّد.
provider-more = المزيد، نادرًا ما يُحتاج إليه
provider-kind = البروتوكول
provider-kind-hint = oidc لـ OpenID Connect، وoauth2 لـ OAuth 2 البسيط؛ فارغ للمعتاد.
provider-kind-wrong = اكتب oidc أو oauth2.
provider-scopes = النطاقات المطلوبة
provider-scopes-hint = تفصل بينها مسافات؛ فارغ للمعتاد.
provider-scopes-wrong = ابدأ بـ openid.
provider-authorization = عنوان التفويض
provider-token = عنوان الرموز
provider-userinfo = عنوان بيانات المستخدم
provider-jwks = عنوان مجموعة المفاتيح
provider-address-wrong = اكتب عنوانًا عامًا يبدأ بـ https://.
provider-authoritative = نطاقات البريد التي يتحدث باسمها
provider-authoritative-hint = تفصل بينها مسافات. البريد المثبت في أحد هذه النطاقات لا يحتاج هنا إلى إثبات آخر.
provider-domains-wrong = اكتب نطاقات بريد تفصل بينها مسافات، مثل example.com.
provider-tenants = مستأجرو Microsoft
provider-tenants-hint = معرّفات المستأجرين تفصل بينها مسافات؛ لـ Microsoft فقط.
provider-tenants-wrong = اكتب معرّفات مستأجري Microsoft أو اتركه فارغًا.
provider-max-age = أقصى عمر لتسجيل الدخول هناك بالثواني
provider-max-age-hint = فارغ لأي عمر؛ لـ OpenID Connect فقط.
provider-max-age-wrong = اكتب عدد ثوانٍ، لـ OpenID Connect فقط.
provider-owner-only = لا يغيّر هذا إلا المالك، لأنه يقرر من هم الأشخاص.
provider-last-way-in = من دون هذا المزوّد لن يستطيع أحد ممن يحق لهم تغيير إعدادات الأمان تسجيل الدخول. امنح مشرفًا طريقة دخول أخرى أولًا.
provider-too-many = لمساحة عملكم أقصى ما يُسمح به من المزوّدين الخاصين. أزل واحدًا أولًا.
provider-save = حفظ بيانات الاعتماد
provider-try = تجربة
provider-try-hint = تفتح علامة تبويب جديدة وتسجّل الدخول لدى المزوّد بما هو مكتوب أعلاه. لا يُحفظ شيء بذلك.
provider-remove = إزالة بيانات الاعتماد الخاصة
provider-back = العودة إلى الأمان

tried-heading-ok = تسجيل الدخول عبر { $provider } يعمل
tried-heading-fault = تسجيل الدخول عبر { $provider } لا يعمل
tried-nothing-done = كانت هذه تجربة. لم يُسجَّل دخول أحد، ولم يُربط شيء، ولم يُحفظ شيء.
tried-subject = من عاد
tried-issuer = جهة الإصدار
tried-name = الاسم
tried-email = البريد الإلكتروني
tried-worth-none = لا بريد. يُسأل الأشخاص عن عنوان ويثبتونه برمز.
tried-worth-hint = يُعدّ تلميحًا فقط. يثبته الأشخاص برمز.
tried-worth-claimed = مثبت بقول المزوّد، وهو لا يتحدث باسم ذلك النطاق. يثبته الأشخاص برمز.
tried-worth-proved = مثبت، والمزوّد يتحدث باسم ذلك النطاق. يكفي وحده.
tried-second-factor = استُخدم عامل ثانٍ هناك
tried-yes = نعم
tried-no = لا، أو لا يذكر ذلك
tried-check = الفحص الذي لم يُجتز
tried-says = التفاصيل
tried-close = أغلق علامة التبويب هذه لمتابعة النموذج.
