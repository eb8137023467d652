# Making a workspace of one's own.
founding-heading = أنشئ مساحة عمل خاصة بك
founding-text = مساحة العمل هي مركز مساعدة خاص بك. وستصبح مالكها.
founding-as = ستكون ملكًا لـ { $name }، { $address }.
founding-name = اسم مساحة العمل
founding-address = العنوان
founding-address-hint = الجزء الأول من عنوانها على الويب، مثل { $example }. حروف لاتينية وأرقام وشرطات.
founding-button = إنشاء مساحة العمل
founding-code-text = أدخله لإنشاء مساحة عملك.
founding-closed = على هذا الخادم لا ينشئ مساحات العمل إلا المشغّل. اطلب واحدة ممن يديره.
founding-closed-back = العودة إلى البداية
founding-as-text = ستصبح مالك مساحة العمل الجديدة بالاسم وعنوان البريد الإلكتروني اللذين تستخدمهما هنا. ويبقى حسابك هنا كما هو.
founding-unproved = لإنشاء مساحة عمل تحتاج إلى عنوان بريد إلكتروني مؤكد.
founding-unproved-way = انتقل إلى عناوين بريدك الإلكتروني
founding-crossing = تابع لاختيار اسم وعنوان.
founding-made = { $name } جاهزة
founding-made-text = تابع إلى مساحة عملك الجديدة.
founding-link = أنشئ مساحة عمل خاصة بك
error-workspace-name = أدخل اسمًا لا يزيد على 60 حرفًا، بلا روابط أو عناوين.
error-slug-malformed = استخدم من 3 إلى 40 حرفًا لاتينيًا أو رقمًا أو شرطة، على أن يبدأ وينتهي بحرف أو رقم.
error-slug-reserved = هذا العنوان محجوز. اختر عنوانًا آخر.
error-slug-taken = هذا العنوان مستخدم أو يشبه عنوانًا مستخدمًا. اختر عنوانًا آخر.
error-founding-over = استغرق هذا وقتًا طويلًا أو بدأ في متصفح آخر. ابدأ من جديد.
error-founding-code-wrong = { $tries ->
    [0] هذا ليس الرمز الصحيح. ابدأ من جديد للحصول على رمز آخر.
    [one] هذا ليس الرمز الصحيح. يمكنك المحاولة مرة أخرى.
   *[other] هذا ليس الرمز الصحيح. المحاولات المتبقية: { $tries }.
}
error-founding-code-expired = انتهت صلاحية هذا الرمز. اطلب رمزًا آخر.
