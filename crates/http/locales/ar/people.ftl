admin-agents = دليل الموظفين
users-heading = المستخدمون
agents-heading = دليل الموظفين
users-add = إضافة شخص
users-search = البحث عن أشخاص
users-search-button = بحث
agents-filter = اكتب للتصفية
users-any-role = أي دور
users-any-status = أي حالة
users-of-organisation = أعضاء { $name } فقط.
users-of-one-organisation = أعضاء مؤسسة واحدة فقط.
users-everybody = عرض الجميع
users-beginnings = النص القصير يجد فقط الأسماء والعناوين والمؤسسات التي تبدأ به.
users-none-found = لم يُعثر على أحد.
users-empty = لا يوجد أحد هنا بعد. يظهر الأشخاص عند تسجيلهم، أو حين تضيفهم بوابتك، أو حين تضيفهم أنت.

role-customer = عميل
role-collaborator = متعاون
role-agent = موظف دعم
role-admin = مدير
role-owner = مالك
role-own = { $name }

status-active = نشط
status-disabled = معطّل
status-deleted = محذوف

person-name = الاسم
person-nameless = بلا اسم
person-email = عنوان البريد الإلكتروني
person-no-email = لا يوجد
person-role = الدور
person-status = الحالة
person-organisations = المؤسسات
person-organisations-hint = واحدة في كل سطر. تُنشأ المؤسسات الجديدة.
person-last-sign-in = آخر تسجيل دخول
person-never = أبدًا
person-none = لا شيء
person-language = اللغة
person-time-zone = المنطقة الزمنية
person-not-chosen = لم تُختر
person-added = أُضيف
person-details = التفاصيل
person-edit = تعديل التفاصيل
person-check = فحص تسجيل الدخول
person-actions = إجراءات
person-actions-on = إجراءات على { $name }
person-back = العودة إلى الشخص

person-send-reset = إرسال رسالة إعادة تعيين كلمة المرور
person-set-password = تعيين كلمة مرور
person-reset-two-factor = إعادة تعيين المصادقة الثنائية
person-sign-out = تسجيل الخروج من كل مكان
person-disable = تعطيل
person-enable = تمكين
person-change-role = تغيير الدور
person-new-portal-link = رابط بوابة جديد
person-invite = إرسال دعوة
person-delete = حذف
person-is-disabled = هذا الشخص معطّل: لا يستطيع تسجيل الدخول، وقد انتهت كل جلساته.

person-emails = عناوين البريد الإلكتروني
person-primary = أساسي
person-proved = تم إثباته
person-unproved = لم يُثبت بعد
person-no-emails = لا يوجد عنوان بريد إلكتروني. لا يمكن إرسال أي رمز أو رابط.
person-ways = طرق الدخول
person-password = كلمة المرور
person-password-set = معيّنة
person-password-none = لا توجد
person-two-factor = المصادقة الثنائية
person-two-factor-on = مفعّلة
person-two-factor-off = غير مفعّلة
person-passkeys = مفاتيح المرور
person-passkeys-count = { $count ->
    [0] لا يوجد
    [one] مفتاح واحد
    [two] مفتاحان
    [few] { $count } مفاتيح
   *[other] { $count } مفتاحًا
}
person-no-identities = لا توجد حسابات متصلة.
person-used = آخر استخدام
person-never-used = لم يُستخدم قط
person-sessions = الجلسات
person-session-opened = فُتحت
person-session-end = إنهاء
person-no-sessions = غير مسجّل الدخول في أي مكان.

person-portal-links = روابط البوابة
person-portal-links-what = رابط البوابة يسمّي هذا الشخص ويطلب رمزًا يُرسل إليه. لا يُدخل أحدًا بمفرده.
person-no-portal-links = لا يوجد رابط بوابة قيد الاستخدام. أنشئ واحدًا عبر «رابط بوابة جديد» ضمن الإجراءات.
person-link-made = أُنشئ
person-link-ends = يعمل حتى
person-link-revoke = سحب
person-link-heading = رابط البوابة لـ { $name }
person-link-once = انسخ هذا العنوان الآن وأرسله إليه. يُعرض مرة واحدة فقط.
person-link-address = رابط البوابة

person-invitation = الدعوة
person-invitation-state = أُرسلت { $sent }. يعمل رابطها حتى { $ends }.
person-invite-again = إرسال مرة أخرى
person-invitation-revoke = سحب

person-new = إضافة شخص
person-name-hint = يمكن تركه فارغًا.
person-send-invitation = إرسال دعوة
person-send-invitation-hint = يصله رابط لاختيار كلمة المرور. من دونها يدخل برمز أو عبر «نسيت كلمة المرور».
person-taken-by = فتح الشخص صاحب هذا العنوان
person-edit-heading = تفاصيل { $name }
person-organisations-heading = مؤسسات { $name }
person-role-heading = دور { $name }
person-role-what = يسري الدور الجديد فورًا. يمكنك منح الأدوار حتى دورك.

person-address-taken = هذا العنوان لشخص آخر بالفعل.
person-name-missing = أدخل اسمًا.
person-language-unknown = اختر لغة من القائمة.
person-time-zone-unknown = اختر منطقة زمنية من القائمة.
person-too-many-organisations = عدد المؤسسات كبير جدًا: { $max } على الأكثر.
person-role-out-of-reach = لا يمكنك منح دور يستطيع أكثر مما تستطيع.
person-role-unknown = اختر دورًا من القائمة.
person-out-of-reach = يستطيع هذا الشخص أكثر مما تستطيع، فلا يمكنك تغيير شيء يخصه.
person-no-mailbox = ليس لهذا الشخص عنوان بريد إلكتروني، فلا يمكن إرسال شيء إليه.
person-disabled-no-mail = هذا الشخص معطّل. مكّنه أولًا.
person-has-password = لهذا الشخص كلمة مرور بالفعل. أرسل رسالة إعادة التعيين بدلًا من ذلك.
person-too-many-mails = تلقّى هذا العنوان من فريقك أقصى عدد من الرسائل في يوم واحد. حاول لاحقًا.
person-last-way-in = من دونه لن يستطيع أحد ممن يحق لهم تغيير إعدادات الأمان تسجيل الدخول. تأكّد أولًا من أن مشرفًا آخر يستطيع ذلك.
person-last-owner = هذا آخر مالك يستطيع تسجيل الدخول. اجعل شخصًا آخر مالكًا أولًا.
person-changed-meanwhile = غيّر شخص آخر هذا السجل للتو. انظر مجددًا ثم حاول مرة أخرى.
person-portal-links-off = روابط البوابة متوقفة في مساحة العمل هذه.
person-stale-invitation = لم تعد هناك دعوة لسحبها.

notice-person-reset-sent = رسالة إعادة تعيين كلمة المرور في الطريق.
notice-person-signed-out = انتهت كل جلساته.
notice-person-disabled = تم تعطيل الشخص.
notice-person-enabled = تم تمكين الشخص مجددًا.
notice-person-saved = تم الحفظ.
notice-person-added = تمت إضافة الشخص.
notice-person-invited = الدعوة في الطريق.
notice-invitation-revoked = سُحبت الدعوة. لم يعد رابطها يفتح شيئًا.
notice-portal-link-revoked = سُحب رابط البوابة.
notice-role-given = تم تغيير الدور.
