# Что говорит бот. Простыми словами, без канцелярита.
command-start = Меню
command-new = Написать обращение
command-tickets = Мои обращения
command-initiatives = Инициативы и голосование
command-find = Найти инициативу
command-search = Искать по всему сервису
command-notifications = О чём сообщать
command-link = Связать с учётной записью
command-unlink = Отвязать учётную запись
command-language = Язык · Language
command-cancel = Отменить то, что начато
command-delete-my-data = Забыть обо мне
command-help = Помощь

button-new = ✍️ Написать
button-tickets = 📂 Мои обращения
button-initiatives = 🗳 Инициативы
button-notifications = 🔔 Уведомления
button-language = 🌐 Язык
button-help = ❓ Помощь
button-menu = ☰ Меню
button-back = ← Назад
button-more = Ещё →
button-first = ⇤ В начало
button-search = 🔎 Найти
button-send = ✅ Отправить
button-topic = 🏷 Тема
button-place = 📍 Место
button-files = 📎 Файлы
button-discard = 🗑 Не отправлять
button-support-ticket = 🤝 У меня то же, что в № { $number }
button-support-initiative = 👍 Поддержать «{ $title }»
button-add = ➕ Дополнить
button-withdraw = ↩️ Отозвать голос
button-link = Да, связать
button-no-link = Нет, не нужно
button-delete = Да, забудьте обо мне
button-keep = Нет, оставить всё как есть

menu-head = Здравствуйте!
menu = Здесь можно написать о том, что в городе не так или что сделать лучше, и получить ответ.
    Просто напишите сообщение: словами, с фотографией, голосом. Перед отправкой я всё покажу.
help-head = Что я умею
help =
    • Напишите сообщение, и я передам его специалистам. Можно добавить фотографии, документы, голосовое, место на карте.
    • Ответ придёт сюда же. Чтобы дополнить обращение, ответьте на моё сообщение о нём.
    • Если исправить отправленное сообщение, специалисты увидят новый текст.
    • Голосовать за инициативы можно, если связать Telegram с учётной записью: /link

    /new — написать
    /tickets — мои обращения
    /initiatives — инициативы, /find — поиск по ним
    /search — поиск по всему сервису
    /notifications — о чём сообщать
    /link и /unlink — учётная запись
    /language — язык
    /cancel — отменить начатое
    /delete_my_data — забыть обо мне
unknown-command = Такой команды я не знаю. Все команды: /help
old-button = Эта кнопка уже не действует. Откройте нужное заново: /start
kept-aside = Это сообщение мне не удалось обработать. Я передал его администраторам, ничего не потеряно.
group = Я отвечаю в личной переписке: там ваше сообщение и ответ на него увидите только вы. Напишите мне: { $link }
cannot-read = Такое я прочитать не могу. Напишите словами, пришлите фотографию, документ, голосовое или место на карте.
nothing-visible = В этом сообщении нет ничего, что можно прочитать. Напишите, пожалуйста, словами.
no-words = Я вижу только значки. Напишите, пожалуйста, словами, что случилось и где.

write = Напишите, что случилось и где. Можно приложить фотографии, документы, голосовое или место на карте. Передумаете — /cancel
draft-head = Проверьте и отправьте
draft-files = { $count ->
    [one] 📎 { $count } файл
    [few] 📎 { $count } файла
   *[other] 📎 { $count } файлов
}
draft-topic = 🏷 { $name }
draft-place = 📍 { $name }
draft-similar = Похожее уже есть:
draft-sent = Отправлено ↓
draft-gone = Этого сообщения здесь больше нет: оно уже отправлено или отменено.
discarded = Хорошо, ничего не отправлено.
similar-initiative = Инициатива: { $title }
how-to-attach = Пришлите сюда фотографии, документы, голосовое или место на карте: всё попадёт в это же сообщение. Ещё слова — тоже.
choose-topic = О чём это?
choose-place = Где это? Можно и просто прислать место на карте.
note-hidden = ⚠️ В тексте были невидимые знаки. Специалисты увидят его без них.
draft-full = В одно сообщение столько не поместится: это я не добавил. Отправьте начатое, а потом пришлите это ещё раз.
note-long = ⚠️ Текст очень длинный: он будет приложен целиком отдельным файлом.
note-too-many = ⚠️ К одному сообщению можно приложить не больше { $files } файлов. Остальные пришлите отдельно.
note-too-large = ⚠️ Один из файлов больше { $mebibytes } МБ, такие я передать не могу.
forwarded = [Переслано]
forwarded-from = [Переслано от: { $name }]
at-place = Место: { $place } { $map }

received = Принято. Номер обращения: { $number }
received-joined = Принято и присоединено к похожему обращению. Номер вашего: { $number }
received-more = Ответ придёт сюда. Чтобы дополнить, ответьте на это сообщение.
added = Добавлено к обращению № { $number }
edited = Новый текст передан. Обращение № { $number }
date = { $day } { $month ->
    [1] января
    [2] февраля
    [3] марта
    [4] апреля
    [5] мая
    [6] июня
    [7] июля
    [8] августа
    [9] сентября
    [10] октября
    [11] ноября
   *[12] декабря
} { $year }
date-time = { $date }, { $time }
deadline = Ответить должны до { $date }
ticket-link = Следить можно и по ссылке: { $link }
file-too-large = { $name }: больше { $mebibytes } МБ, не передано
file-lost = { $name }: Telegram больше не отдаёт этот файл
refused-executable = такие файлы опасны, мы их не принимаем
refused-too-large = файл слишком большой
refused-too-many = слишком много файлов
refused-empty = файл пустой
refused-infected = в файле нашёлся вирус
refused-other = файл не принят

no-tickets = Обращений пока нет.
tickets-head = Мои обращения
tickets-count = { $count ->
    [one] Всего { $count } обращение
    [few] Всего { $count } обращения
   *[other] Всего { $count } обращений
}
ticket-head = Обращение № { $number }
ticket-state = Сейчас: { $state }
ticket-answer = Ответ:
ticket-rated = Ваша оценка: { $rating } из 5
ticket-gone = Этого обращения больше не видно.
write-more = Напишите, что добавить к обращению № { $number }. Передумаете — /cancel
ask-rating = Помог ли ответ? Оцените от 1 до 5:
rated = Спасибо! Ваша оценка: { $rating } из 5
reply-hint = Чтобы написать ещё, ответьте на это сообщение.
state-new = принято
state-triaged = у специалистов
state-in-progress = в работе
state-answered = есть ответ
state-closed = закрыто
state-merged = присоединено к другому
state-rejected = отклонено
state-reopened = снова открыто

initiatives-head = Инициативы
initiatives-count = { $count ->
    [one] Сейчас голосуют за { $count } инициативу
    [few] Сейчас голосуют за { $count } инициативы
   *[other] Сейчас голосуют за { $count } инициатив
}
no-initiatives = Сейчас ни за что не голосуют.
nothing-found = По словам «{ $words }» ничего не нашлось.
found = По словам «{ $words }» нашлось: { $count }
ask-search = Какими словами искать инициативу?
search-head = Поиск
ask-words = Какими словами искать?
search-all = Всё, что нашлось: { $link }
initiative-gone = Этой инициативы больше не видно.
voting-ends = Голосование до { $date }
tally-support = 👍 { $count } из { $needed }
tally-all = Проголосовали: { $count }
my-vote = Ваш голос: { $options }
option-support = 👍 Поддержать
option-for = За
option-against = Против
option-abstain = Воздержаться
choose-more = Отметьте не меньше { $count }
vote-cast = Голос учтён
vote-withdrawn = Голос отозван
vote-needs-link = Голосовать можно после того, как вы свяжете Telegram с учётной записью: у каждого один голос.
vote-state-draft = Черновик
vote-state-in-review = На проверке
vote-state-returned = Возвращена автору
vote-state-voting = Идёт голосование
vote-state-accepted = Поддержана
vote-state-not-supported = Не набрала голосов
vote-state-in-implementation = Выполняется
vote-state-implemented = Выполнена
vote-state-rejected = Отклонена
vote-state-withdrawn = Отозвана автором

cancelled = Хорошо, отменено.
nothing-to-cancel = Отменять нечего.
linked = Готово: Telegram связан с учётной записью «{ $name }». Теперь здесь можно голосовать и получать уведомления. Отвязать: /unlink
ask-link = Связать этот чат с учётной записью на сайте? Ссылку должны были получить вы сами.
link-declined = Хорошо, ничего не связано.
unlink-first = Этот чат уже связан с учётной записью «{ $name }». Чтобы связать его с другой, сначала отвяжите: /unlink
link-again = Получите новую ссылку в своей учётной записи на сайте, в разделе «Telegram».
already-linked = Telegram связан с учётной записью «{ $name }». Отвязать: /unlink
how-to-link = Без учётной записи здесь можно писать обращения, получать ответы и читать инициативы. С ней — ещё голосовать и получать уведомления. Войдите на сайт, откройте свою страницу и в разделе «Telegram» нажмите «Связать»: ссылка вернёт вас сюда.
no-longer-linked = Эта переписка больше не связана с учётной записью: её отвязали или учётную запись закрыли. Связать снова: /link
not-linked = Telegram не связан с учётной записью. Как связать: /link
unlinked = Готово, учётная запись отвязана. Ответы на обращения, написанные здесь, будут приходить по-прежнему.
ask-language = На каком языке говорить? · Which language?
language-set = Хорошо, говорим по-русски.
notifications-head = О чём сообщать
notifications = Нажмите, чтобы включить или выключить.
notifications-need-link = Ответы на ваши обращения приходят сюда всегда. Остальные уведомления — тем, кто связал Telegram с учётной записью: /link
delete-head = Забыть обо мне?
delete = Мы сотрём ваше имя и адрес в Telegram и отвяжем учётную запись. То, что вы писали, останется без имени, и ответы на него сюда приходить перестанут. Вернуть это будет нельзя.
kept = Хорошо, ничего не стёрто.
deleted = { $count ->
    [0] Готово: мы больше не знаем, кто вы.
    [one] Готово: мы больше не знаем, кто вы. Без имени осталось { $count } обращение.
    [few] Готово: мы больше не знаем, кто вы. Без имени осталось { $count } обращения.
   *[other] Готово: мы больше не знаем, кто вы. Без имени осталось { $count } обращений.
}

kind-cluster-burst = Много обращений об одном
kind-comment-added = Новые комментарии
kind-initiative-accepted = Инициатива поддержана
kind-initiative-answered = Официальный ответ
kind-initiative-coauthors-invited = Приглашение в соавторы
kind-initiative-implemented = Инициатива выполнена
kind-initiative-in-implementation = Инициатива выполняется
kind-initiative-milestone-done = Шаг плана выполнен
kind-initiative-not-supported = Инициатива не набрала голосов
kind-initiative-published = Новое голосование
kind-initiative-rejected = Инициатива отклонена
kind-initiative-returned = Инициатива возвращена
kind-initiative-submitted = Инициатива на проверке
kind-initiative-withdrawn = Инициатива отозвана
kind-mentioned = Вас упомянули
kind-ticket-answered = Ответ на обращение
kind-ticket-created = Обращение принято
kind-ticket-danger = Опасность в обращении
kind-ticket-merged = Обращение присоединено
kind-ticket-rejected = Обращение отклонено
kind-ticket-reopened = Обращение снова открыто
kind-ticket-routed = Обращение в вашей группе
