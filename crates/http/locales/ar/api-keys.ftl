# مفاتيح تطبيق البوابة (C9).

admin-api-keys = مفاتيح API
api-keys-heading = مفاتيح API
api-keys-what = بالمفتاح يبحث التطبيق الذي خلف هذا الباب عن الأشخاص وينشئ روابط البوابة. لا يُسمح للمفتاح إلا بما حُدد له، ولا يصل إلى الموظفين.
api-keys-empty = لا توجد مفاتيح بعد. أنشئ مفتاحًا للتطبيق الذي خلف هذا الباب.
api-key-new = مفتاح API جديد
api-key-create = إنشاء المفتاح
api-key-name = الاسم
api-key-name-hint = ما الذي يستخدمه، مثل: البوابة.
api-key-name-missing = أدخل اسمًا.
api-key-nameless = بلا اسم
api-key-scopes = يُسمح له بـ
api-key-no-scope = لا شيء
api-key-lacking = ليست لديك الصلاحية اللازمة لذلك.
api-key-beyond-own = لا يمكن السماح للمفتاح إلا بما يُسمح لك به.
api-key-made = أُنشئ
api-key-by-person = بواسطة { $name }
api-key-by-operator = من سطر الأوامر
api-key-by-gone = بواسطة شخص لم يعد هنا
api-key-last-used = آخر استخدام
api-key-never-used = لم يُستخدم
api-key-revoke = إلغاء
api-key-revoke-named = إلغاء { $name }
api-key-revoke-title = هل تريد إلغاء هذا المفتاح؟
api-key-revoke-what = سيُرفض { $name } ابتداءً من الطلب التالي. لا يمكن التراجع عن ذلك.
api-key-revoked = ملغى
api-key-made-heading = مفتاح API الجديد
api-key-made-what = هذا مفتاح { $name }. انسخه الآن: يُعرض هنا مرة واحدة فقط.
api-key-kept = حفظت المفتاح

scope-users-read = عرض الأشخاص وقراءة بياناتهم (users:read)
scope-users-write = إنشاء الأشخاص وتحديثهم (users:write)
scope-portal-links-write = إنشاء روابط البوابة (portal-links:write)
scope-sessions-write = إنهاء الجلسات (sessions:write)
scope-sign-in-check-read = طلب فحص تسجيل الدخول (sign-in-check:read)
scope-mail-read = قراءة سجل البريد (mail:read)
scope-mail-write = إعادة إرسال الرسائل والإبلاغ عن الرسائل العائدة (mail:write)
scope-audit-read = قراءة سجل التدقيق (audit:read)
scope-settings-write = تغيير الإعدادات (settings:write)

notice-api-key-revoked = أُلغي المفتاح.
