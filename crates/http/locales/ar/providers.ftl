# تسجيل الدخول عبر مزوّد، وقاعدة الدليل، والحسابات المتصلة.

sign-in-with = تسجيل الدخول باستخدام { $provider }
last-used = آخر طريقة
directory-announced = تسجيل الدخول بهذه الطريقة للأشخاص المدرجين في دليلنا.
directory-ask = إذا كان ينبغي أن تكون مدرجًا فيه فاسأل القائمين على مركز المساعدة.
directory-compared-email = بحثنا عن عنوان بريدك الإلكتروني في دليلنا.
directory-compared-identity = بحثنا عن حسابك لدى المزوّد في دليلنا.
directory-compared-both = بحثنا عن عنوان بريدك الإلكتروني وعن حسابك لدى المزوّد في دليلنا.
directory-synced = آخر تحديث له:
directory-never-synced = لم يُملأ الدليل بعد.

departing-heading = الانتقال إلى { $provider }
departing-text = تسجّل الدخول لدى { $provider } ثم تعود إلى هنا تلقائيًا. إذا لم يحدث شيء فتابع.

one-more-step-heading = خطوة أخيرة
one-more-step-text = أخبرنا { $provider } من أنت لديه، لكن دون عنوان بريد مؤكَّد نصل إليك به. أدخل عنوانك وسنرسل إليك رمزًا لتأكيده. تفعل ذلك مرة واحدة.
one-more-step-hint = إذا كان لديك حساب هنا فأدخل العنوان الذي تستخدمه له.
one-more-step-other = تسجيل الدخول بطريقة أخرى

refusal-provider-cancelled = أُلغي تسجيل الدخول هناك، فلم يحدث شيء. حاول مرة أخرى أو سجّل الدخول بطريقة أخرى.
refusal-provider-unavailable = لا يستجيب المزوّد الآن. حاول مرة أخرى بعد دقيقة أو سجّل الدخول بطريقة أخرى.
refusal-provider-answer-wrong = لا يمكن استخدام الرد الذي وصلنا، لذلك لم نتمكن من تسجيل دخولك. حاول مرة أخرى أو سجّل الدخول بطريقة أخرى.
refusal-not-in-directory = تسجيل الدخول بهذه الطريقة للأشخاص المدرجين في دليلنا، ولم نجدك فيه، أو أنك غير نشط فيه.
refusal-account-disabled = حسابك هنا مغلق. اسأل القائمين على مركز المساعدة.
refusal-identity-taken = ذلك الحساب متصل من قبل بحساب آخر هنا. سجّل الدخول به لتصل إلى ذاك الحساب.

# الحسابات المتصلة
account-connections = الحسابات المتصلة
connections-heading = الحسابات المتصلة
connections-what = تسجّل الدخول هنا بحساب متصل دون كلمة مرور. نرى من أنت هناك ولا نرى منه شيئًا آخر.
connections-empty = لا شيء متصل بعد. صِل حسابًا لديك في مكان آخر لتسجّل الدخول به.
connections-none-offered = لا شيء متصل، ولا يعرض مركز المساعدة هذا ما يمكن وصله. ستظهر هنا حساباتك لدى مزوّدين آخرين.
connection-since = متصل منذ
connection-used = آخر استخدام
connection-never-used = لم يُستخدم بعد
connection-closed = تسجيل الدخول به متوقف هنا حاليًا.
connect-title = صِل حسابًا
connect = صِل { $provider }
connect-hint = ننقلك إلى هناك لتسجيل الدخول ثم تعود إلى هنا.
disconnect = افصل { $provider }
warning-title-disconnect = فصل هذا الحساب؟
notice-connected = حسابك متصل. يمكنك تسجيل الدخول به من الآن.
notice-disconnected = فُصل الحساب.
refusal-connection-gone = لم يعد هذا الحساب متصلًا.
refusal-last-way-in = لن يبقى ما يُدخلك غيره، لذلك يبقى متصلًا. عيّن كلمة مرور، أو أضف مفتاح مرور أو عنوان بريد أولًا.
way-connected = حساباتك المتصلة، مثل Google

hand-over-heading = تسجيل الدخول إلى { $workspace }
hand-over-other-person = أنت مسجّل الدخول هنا باسم { $name }. أرسلك الموقع الذي أتيت منه بصفتك شخصًا آخر. تابع لتسجيل الدخول بحساب ذلك الشخص بدلًا من ذلك.
hand-over-text = الموقع الذي أتيت منه يخبرنا بهويتك. سيتم تسجيل دخولك فور التحقق من ذلك.
