# المؤسسات (A9).

admin-organisations = المؤسسات
organisations-heading = المؤسسات
organisations-search = البحث في المؤسسات
organisations-search-button = بحث
organisations-empty = لا توجد مؤسسات بعد. تجمع المؤسسة أشخاصًا؛ وإن كان لها نطاق بريد فكل من يثبت عنوانًا فيه ينضم إليها تلقائيًا.
organisations-none-found = لم يُعثر على أي مؤسسة.
organisations-all = عرض الكل
organisation-new = مؤسسة جديدة
organisation-create = إنشاء المؤسسة
organisation-name = الاسم
organisation-domains = نطاقات البريد
organisation-domains-hint = نطاق واحد في كل سطر، مثل acme.example. كل من يثبت عنوانًا في هذا النطاق بعينه ينضم إلى المؤسسة منذ ذلك الحين. ولا يُنقل أحد ممن هم هنا بالفعل.
organisation-members = الأعضاء
organisation-members-count = { $count ->
    [0] لا أعضاء
    [one] عضو واحد
    [two] عضوان
    [few] { $count } أعضاء
    [many] { $count } عضوًا
   *[other] { $count } عضو
}
organisation-delete = حذف المؤسسة
organisation-delete-title = هل تريد حذف هذه المؤسسة؟
organisation-delete-what = { $count ->
    [0] لا ينتمي إليها أحد.
    [one] يبقى العضو الوحيد دون هذه المؤسسة. لا يمكن التراجع عن ذلك.
    [two] يبقى العضوان دون هذه المؤسسة. لا يمكن التراجع عن ذلك.
    [few] يبقى { $count } أعضاء دون هذه المؤسسة. لا يمكن التراجع عن ذلك.
    [many] يبقى { $count } عضوًا دون هذه المؤسسة. لا يمكن التراجع عن ذلك.
   *[other] يبقى { $count } عضو دون هذه المؤسسة. لا يمكن التراجع عن ذلك.
}
organisation-delete-which = ستُحذف { $name }.
organisation-name-missing = أدخل اسمًا.
organisation-name-taken = مؤسسة أخرى تحمل هذا الاسم.
organisation-no-domain = { $domain } ليس نطاقًا لعناوين البريد.
organisation-domain-taken = النطاق { $domain } لمؤسسة أخرى.
organisation-too-many-domains = للمؤسسة 50 نطاقًا على الأكثر.

notice-organisation-created = أُنشئت المؤسسة.
notice-organisation-saved = حُفظت المؤسسة.
notice-organisation-deleted = حُذفت المؤسسة.
