admin-directory = الدليل
directory-title = الدليل
directory-what = قائمة بمن يُسمح لهم بالدخول الموحد، يحفظها ملف أو نظام آخر.
directory-rule-on = لا يقبل الدخول الموحد إلا من في هذه القائمة.
directory-rule-off = يقبل الدخول الموحد من ليسوا في هذه القائمة أيضًا.
directory-rule-change = تغيير هذه القاعدة
directory-csv = رفع ملف CSV
directory-csv-what = يسمّي الملف الجميع: من ليس فيه يصبح غير نشط. تُقبل جميع الأسطر أو لا يُقبل أي منها. يسمّي سطره الأول الأعمدة، ومنها «email» أو «user_name». ترى ما سيفعله قبل أن يتغيّر شيء.
directory-upload = رفع ملف CSV
directory-scim = SCIM
directory-scim-what = تحفظ Entra ID وOkta وغيرهما القائمة تلقائيًا، بهذا العنوان ورمز وصول.
directory-scim-address = عنوان SCIM
directory-tokens = رموز الوصول
directory-tokens-none = لا يوجد رمز وصول بعد. أنشئ واحدًا وأدخله في النظام الآخر.
directory-token-name = الاسم
directory-token-made = أُنشئ
directory-token-used = آخر استخدام
directory-token-never = أبدًا
directory-token-acts = الإجراءات
directory-token-renew = تجديد
directory-token-revoke = إلغاء
directory-token-revoked = ملغى
directory-token-make = إنشاء رمز وصول
directory-token-title = رمز وصول SCIM
directory-token-once = أدخله في النظام الآخر الآن: لن يظهر مرة أخرى.
directory-token-secret = رمز الوصول
directory-name-missing = أعط رمز الوصول اسمًا.
directory-too-large = الملف أكبر من { $megabytes } ميغابايت. استخدم «doorward directory import» على الخادم.
directory-no-text = ليس الملف نصًا بترميز UTF-8.
directory-back = العودة إلى الدليل
directory-run-planned = لم يتغيّر شيء بعد. هذا ما سيفعله الملف.
directory-run-held-back = لم يتغيّر شيء.
directory-run-faulty = لم يتغيّر شيء: لا يمكن استخدام الملف.
directory-run-counts = أُضيف { $added }، وتغيّر { $changed }، وعاد نشطًا { $activated }، وأصبح غير نشط { $deactivated }، ولم يتغيّر { $unchanged }.
directory-run-question = يجعل { $removed } من { $active } من النشطين غير نشطين، وينهي جلساتهم. خذه فقط إذا كان هذا مقصودًا.
directory-mean-it = نعم، خذ الملف
directory-report = التقرير
directory-report-line = السطر
directory-report-name = اسم المستخدم
directory-report-effect = ما يحدث
directory-report-unnamed = ليس في الملف
directory-report-more = و{ $count ->
    [one] سطر واحد آخر
    [two] سطران آخران
    [few] { $count } أسطر أخرى
   *[other] { $count } سطرًا آخر
}.
directory-effect-added = أُضيف
directory-effect-changed = تغيّر
directory-effect-activated = نشط من جديد
directory-effect-deactivated = غير نشط
directory-effect-unchanged = لم يتغيّر
notice-scim-token-revoked = أُلغي رمز الوصول.
notice-directory-taken-in = أُخذ الملف.
notice-directory-forgotten = أُهمل الملف. لم يتغيّر شيء.
directory-records = السجلات
directory-changed-last = آخر تغيير:
directory-never-changed = لم يُزامن شيء ولم يُرفع ملف بعد.
directory-search = البحث في الدليل
directory-search-button = بحث
directory-state-any = الكل
directory-state-active = نشط
directory-state-inactive = غير نشط
directory-record-name = الاسم
directory-record-state = الحالة
directory-record-source = المصدر
directory-record-changed = آخر تغيير
directory-record-made = أُنشئ
directory-record-addresses = العناوين
directory-record-no-address = لا شيء
directory-record-identity = الهوية
directory-record-identity-of = { $subject } لدى { $provider }
directory-record-groups = المجموعات
directory-source-file = ملف CSV
directory-source-scim = SCIM: { $name }
directory-admits = يقبل الدخول الموحد من يأتي بهويته، أو بأحد عناوينه من مزوّد مسؤول عنه.
directory-admits-nobody = لا يقبل أحدًا.
directory-none-found = لم يُعثر على سجل.
directory-everything = عرض جميع السجلات
directory-empty = لا يوجد سجل بعد. ارفع ملفًا، أو دع نظامًا آخر يزامن.
directory-near = سجلات قريبة
directory-near-what = لا سجل له هذا العنوان. لهذه السجلات الاسم نفسه قبل @ في نطاق آخر.
directory-accounts = الحسابات التي يسمّيها
directory-accounts-what = من أثبتوا أحد عناوينه، أو ارتبطوا بهويته. تنتهي جلساتهم عندما يصبح السجل غير نشط.
directory-accounts-count = { $count ->
    [0] لا أحد
    [one] شخص واحد
    [two] شخصان
    [few] { $count } أشخاص
   *[other] { $count } شخصًا
}
directory-attributes = ما قاله مصدره
directory-attribute = السمة
directory-attribute-value = القيمة
directory-file = ملف CSV
directory-file-hint = بحد أقصى { $megabytes } ميغابايت.
directory-no-file = اختر ملفًا أولًا.
directory-upload-over = لم يعد الملف محفوظًا. ارفعه مرة أخرى.
directory-run-nothing = لا يغيّر الملف شيئًا.
directory-take-in = خذ الملف
directory-forget = إهمال الملف
