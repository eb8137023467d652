# The logs of mail and of actions.

log-any = الكل
log-from = من يوم
log-until = إلى يوم
log-show = عرض
log-when = الوقت
log-day-wrong = اكتب يومًا، مثل 2026-11-22.

audit-log = سجل التدقيق
audit-heading = سجل التدقيق
audit-who = من
audit-whom = على من
audit-what = ماذا
audit-how = النتيجة
audit-address = من العنوان
audit-address-wrong = اكتب عنوان شبكة واحدًا، مثل 192.0.2.7.
audit-nobody = لا أحد هنا له عنوان البريد هذا.
audit-export = كل الصفوف المطابقة للتصفية في ملف:
audit-csv = CSV
audit-jsonl = JSON Lines
audit-none-found = لا يوجد صف يطابق هذه التصفية.
audit-all = عرض كل الصفوف
audit-empty = سيظهر هنا ما يفعله الأشخاص والبرامج: من فعله، ومن أين، وكيف انتهى.
audit-outcome = { $outcome ->
    [ok] تم بنجاح
   *[not-ok] لم ينجح
}
audit-actor = { $actor ->
    [anonymous] غير مسجل الدخول
    [user] شخص
    [api-key] مفتاح API
    [scim-token] رمز الدليل
    [operator] المشغّل
   *[server] الخادم
}

mail-log = سجل البريد
mail-log-heading = سجل البريد
mail-log-to = إلى
mail-log-what = الرسالة
mail-log-stands = الحالة
mail-log-reply = آخر ما قاله خادم البريد
mail-log-address-wrong = اكتب عنوان بريد إلكتروني كاملًا واحدًا.
mail-log-none-found = لا توجد رسالة تطابق هذه التصفية.
mail-log-all = عرض كل الرسائل
mail-log-empty = ستظهر هنا كل رسالة تُرسل من هنا وما حدث لها.
mail-log-test = أرسل لي رسالة تجريبية
mail-log-send-again = إعادة الإرسال
mail-log-tries = { $tries ->
    [0] لم تُجرّب بعد
    [one] جُرّبت مرة واحدة
   *[other] جُرّبت { $tries } مرات
}
mail-log-asked-by = طلبها
mail-log-attempt = رمز المساعدة
mail-log-timeline = ما حدث لها
mail-log-reach-heading = هذا العنوان
mail-log-reach = { $reach ->
    [reachable] البريد يصل: استعمل صاحبه شيئًا أُرسل إليه
    [unreachable] البريد لا يصل
   *[unknown] لم يثبت بعد هل يصل البريد
}
mail-log-state = { $state ->
    [queued] في الانتظار
    [delivered] تسلّمها خادم البريد
    [refused] مرفوضة
    [expired] أُهملت لأنها لم تعد تفيد
   *[bounced] عادت
}
mail-log-event = { $event ->
    [asked-for] طُلبت
    [delivered] سُلّمت إلى خادم البريد، وقال
    [deferred] أُجّلت؛ قال خادم البريد أو الطريق إليه
    [refused] رُفضت نهائيًا؛ قال خادم البريد
    [expired] أُهملت لأنها لم تعد تفيد
    [delayed] تأخرت؛ قال خادم بريد أبعد
    [bounced] عادت؛ قال خادم البريد
    [opened] فُتحت صفحة رابطها، من قارئها أو من برنامج يفحص الروابط
    [used] استُعمل رمزها أو رابطها: وصلت إلى قارئها
    [next-try] المحاولة التالية
   *[ends] لا تفيد بعد
}
mail-log-again = { $again ->
    [try-now] ما زالت تنتظر. إعادة الإرسال تجرّبها حالًا.
    [new-reset-link] إعادة الإرسال تنشئ رابطًا جديدًا لتعيين كلمة المرور، إلى العنوان الأساسي للشخص.
    [new-code] إعادة الإرسال تنشئ رمزًا جديدًا للمحاولة التي ما زالت مفتوحة. لا يعمل إلا في المتصفح الذي بدأت فيه.
   *[new-test] إعادة الإرسال ترسل رسالة تجريبية جديدة إلى عنوانك.
}
mail-log-not-again = { $again ->
    [attempt-is-over] لا يمكن إعادة إرسالها: انتهت المحاولة التي كانت لها. يطلب الشخص رمزًا جديدًا في صفحة تسجيل الدخول.
    [new-test] ليس لك هنا عنوان بريد تُرسل إليه رسالة تجريبية.
   *[wiped] لا يمكن إعادة إرسالها كما كانت: مُحي ما قالته حالما لم تعد تنتظر.
}
mail-log-too-many = أرسل الفريق إلى هذا العنوان أقصى ما يُسمح به من الرسائل في اليوم. حاول غدًا.
mail-log-no-mailbox = الشخص معطّل أو ليس له عنوان بريد، فلم يُرسل شيء.
notice-mail-sent-again = هي في الطريق.
notice-test-mail-sent = رسالة تجريبية في طريقها إليك. تعرض هذه الصفحة ما يحدث لها.
mail-log-kind = { $kind ->
    [sign-in-code] رمز تسجيل الدخول
    [sign-up-code] رمز التسجيل
    [already-registered] رمز لحساب موجود
    [no-account] «لا يوجد حساب لهذا العنوان»
    [code-not-offered] «الرموز غير متاحة لهذا الحساب»
    [account-disabled] «هذا الحساب معطّل»
    [sign-up-closed] «التسجيل مغلق»
    [reset-link] رابط تعيين كلمة مرور جديدة
    [reset-link-by-staff] رابط تعيين كلمة مرور جديدة، أرسله الفريق
    [invite] دعوة
    [password-changed] إشعار: تغيرت كلمة المرور
    [new-device] إشعار: تسجيل دخول من جهاز جديد
    [fresh-proof-code] رمز لتأكيد الهوية
    [email-proof] رابط إثبات عنوان
    [email-belongs-elsewhere] «هذا العنوان لحساب آخر»
    [email-changed] إشعار: تغيرت العناوين
    [security-notice] إشعار: حماية الحساب
    [emergency-door] إشعار: استُعمل باب الطوارئ
    [test] تجربة
    [account-deleted] إشعار: حُذف الحساب
    [account-restored] إشعار: أُعيد الحساب
    [caller-code] رمز لمتصل
    [caller-notice] إشعار: إجراء لمتصل
    [settings-reverted] إشعار: أُلغيت إعدادات
    [sign-in-report] تقرير عن طرق الدخول
   *[other] { $kind }
}
audit-action = { $action ->
    [signed-in] سجّل الدخول
    [sign-in-refused] رُفض
    [sign-in-continued] انتقل إلى خطوة أخرى
    [signed-out] سجّل الخروج
    [session-replaced] انتهت جلسة بدخول جديد من المتصفح نفسه
    [session-pushed-out] انتهت جلسة لكثرة الجلسات المفتوحة
    [sessions-ended] أنهى جلسات
    [code-requested] طلب رمزًا
    [reset-requested] طلب رابط إعادة التعيين
    [password-reset] عيّن كلمة مرور برابط
    [password-set] عيّن كلمة مرور
    [email-proved] أثبت صندوق بريد
    [sign-up-begun] بدأ التسجيل
    [user-created] أنشأ حسابًا
    [user-updated] غيّر حسابًا
    [user-disabled] عطّل حسابًا
    [user-enabled] فعّل حسابًا
    [two-factor-enabled] شغّل المصادقة الثنائية
    [two-factor-disabled] أوقف المصادقة الثنائية
    [backup-codes-renewed] أنشأ رموزًا احتياطية جديدة
    [passkey-added] أضاف مفتاح مرور
    [passkey-renamed] غيّر اسم مفتاح مرور
    [passkey-removed] أزال مفتاح مرور
    [passkey-suspected] ربما نُسخ مفتاح مرور
    [email-added] أضاف عنوانًا
    [email-made-primary] جعل عنوانًا آخر أساسيًا
    [email-removed] أزال عنوانًا
    [email-reverted] تراجع عن تغيير العناوين
    [profile-changed] غيّر ملفه الشخصي
    [fresh-proof] أثبت هويته من جديد
    [backup-sign-in] استعمل الدخول الاحتياطي
    [recovery-issued] أنشأ رابط استعادة
    [recovery-used] استعمل رابط استعادة
    [session-disowned] قال إن دخولًا لم يكن منه
    [identity-connected] ربط حسابًا لدى مزوّد
    [identity-disconnected] فصل حسابًا لدى مزوّد
    [portal-link-created] أنشأ رابط بوابة
    [portal-link-revoked] سحب رابط بوابة
    [directory-changed] غيّر الدليل
    [directory-held-back] أُوقف تغيير للدليل
    [scim-token-created] أنشأ رمز دليل
    [scim-token-revoked] سحب رمز دليل
    [hand-over-key-added] أضاف مفتاح تسليم
    [hand-over-key-revoked] سحب مفتاح تسليم
    [limit-hit] بلغ حدًا
    [workspace-created] أنشأ مساحة العمل
    [settings-changed] غيّر الإعدادات
    [api-key-created] أنشأ مفتاح API
    [reset-sent-by-staff] أرسل رسالة إعادة تعيين كلمة المرور
    [invitation-sent] أرسل دعوة
    [invitation-revoked] سحب دعوة
    [user-deleted] حذف حسابًا
    [user-restored] أعاد حسابًا محذوفًا
    [user-anonymised] أزال حسابًا محذوفًا نهائيًا
    [caller-challenge-begun] بدأ التحقق من متصل
    [caller-challenge-proved] أثبت متصل هويته
    [caller-challenge-failed] أعطى متصل رمزًا خاطئًا
    [caller-challenge-refused] رُفض إجراء لمتصل
    [caller-challenge-cancelled] أنهى التحقق من متصل
    [caller-action-announced] أعلن إجراءً لمتصل
    [temporary-password-set] عيّن كلمة مرور مؤقتة
    [temporary-password-replaced] استبدل كلمة مرور مؤقتة
    [two-factor-reset] أعاد ضبط المصادقة الثنائية
    [workspace-founded] أنشأ مساحة عمل خاصة به
    [ticket-issued] انتقل إلى مضيف آخر
    [settings-confirmed] ثبتت إعدادات كانت قيد التجربة
    [settings-reverted] أُلغيت إعدادات كانت قيد التجربة
    [provider-saved] حفظ بيانات اعتماد مزوّد
    [provider-removed] أزال بيانات اعتماد مزوّد
    [provider-tried] جرّب بيانات اعتماد مزوّد
    [branding-changed] غيّر اسم مساحة العمل أو شكلها أو عناوينها
    [api-key-revoked] سحب مفتاح API
    [role-created] أنشأ دورًا
    [role-changed] غيّر دورًا
    [role-deleted] أزال دورًا
    [role-given] أعطى دورًا
    [organisation-created] أنشأ منظمة
    [organisation-changed] غيّر منظمة
    [organisation-deleted] أزال منظمة
    [report-requested] طلب تقريرًا عن طرق الدخول
    [waits-cleared] أنهى انتظار عنوان
    [mail-expired] أُهملت رسالة
    [mail-bounced] عادت رسالة أو تأخرت
    [mail-sent-again] أعاد إرسال رسالة
    [test-mail-sent] أرسل رسالة تجريبية
    [audit-exported] أخرج سجل التدقيق
   *[other] { $action }
}
