# الأدوار وما تسمح به (A8).

admin-roles = الأدوار
roles-heading = الأدوار
roles-own = أدواركم الخاصة
roles-built-in = الأدوار المدمجة
roles-empty = لا توجد أدوار خاصة بعد. أنشئ دورًا حين يحتاج بعض الموظفين إلى صلاحيات غير التي تمنحها الأدوار المدمجة.
role-new = دور جديد
role-create = إنشاء الدور
role-name = الاسم
role-based-on = مبني على
role-based-on-hint = قواعد تسجيل الدخول والمرتبة تأتي من هذا الدور. أما الصلاحيات فهي ما تحدده أدناه.
role-permits = الصلاحيات
role-permits-nothing = لا شيء
role-holders = الأشخاص
role-holders-count = { $count ->
    [0] لا أحد لديه هذا الدور.
    [one] شخص واحد لديه هذا الدور.
    [two] شخصان لديهما هذا الدور.
    [few] { $count } أشخاص لديهم هذا الدور.
    [many] { $count } شخصًا لديهم هذا الدور.
   *[other] { $count } شخص لديهم هذا الدور.
}
role-changes-count-at-once = يسري التغيير عليهم فورًا.
role-lacking = ليست لديك هذه الصلاحية.
role-out-of-reach = يسمح هذا الدور بأكثر مما يُسمح لك به، لذا لا يمكنك تغييره.
role-delete = حذف الدور
role-delete-title = هل تريد حذف هذا الدور؟
role-delete-what = سيُحذف { $name }. لا أحد لديه هذا الدور.
role-in-use = { $count ->
    [one] شخص واحد لديه هذا الدور. امنحه دورًا آخر أولًا.
    [two] شخصان لديهما هذا الدور. امنحهما دورًا آخر أولًا.
    [few] { $count } أشخاص لديهم هذا الدور. امنحهم دورًا آخر أولًا.
    [many] { $count } شخصًا لديهم هذا الدور. امنحهم دورًا آخر أولًا.
   *[other] { $count } شخص لديهم هذا الدور. امنحهم دورًا آخر أولًا.
}
role-name-wrong = أدخل اسمًا لا يزيد على 60 حرفًا وليس اسم دور مدمج.
role-name-taken = دور آخر يحمل هذا الاسم.
role-base-wrong = اختر الدور الذي يُبنى عليه هذا الدور.
role-beyond-own = لا يمكن للدور أن يسمح إلا بما يُسمح لك به.
role-last-way-in = من دون إذن إدارة إعدادات الأمان لهذا الدور لن يستطيع أحد ممن يحق لهم تغييرها تسجيل الدخول. تأكّد أولًا من أن مشرفًا آخر يستطيع ذلك.
role-changed-meanwhile = غيّر شخص آخر هذا الدور في هذه الأثناء. راجعه كما هو الآن ثم حاول مرة أخرى.
role-too-many = يوجد 100 دور بالفعل. احذف دورًا لا يحمله أحد.

permission-look-people-up = البحث عن الأشخاص
permission-ask-sign-in-check = طلب فحص تسجيل الدخول
permission-create-and-update-users-and-organizations = إنشاء المستخدمين والمؤسسات وتحديثهم
permission-set-passwords-and-reset-two-factor = تعيين كلمات المرور وإعادة ضبط المصادقة الثنائية
permission-act-without-caller-challenge = التصرف دون التحقق من المتصل
permission-manage-security-settings = إدارة إعدادات الأمان
permission-read-mail-log = قراءة سجل البريد
permission-read-audit-log = قراءة سجل التدقيق
permission-manage-workspace = إدارة مساحة العمل
permission-use-backup-sign-in = استخدام تسجيل الدخول الاحتياطي
permission-own-workspace = ملكية مساحة العمل

notice-role-created = أُنشئ الدور.
notice-role-saved = حُفظ الدور، ويسري على كل من لديه.
notice-role-deleted = حُذف الدور.
