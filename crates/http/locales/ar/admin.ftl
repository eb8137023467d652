# What stands around the pages of the console.

admin-console = الإدارة
admin-rail = الإدارة
admin-users = المستخدمون
admin-pages = صفحات هذه القائمة
admin-next-page = الصفحة التالية
admin-first-page = العودة إلى الصفحة الأولى
admin-cancel = إلغاء

# Seen only where every page is drawn with made-up values.
admin-sample-title = هل تريد حذف هذا الشخص؟
admin-sample-what = سيُحذف { $name } نهائيًا.
admin-sample-button = حذف
