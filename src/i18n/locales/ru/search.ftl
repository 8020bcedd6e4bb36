# Подсказки, частые запросы, сохранённые поиски.
site-find = Поиск по сайту
suggest-list = Подсказки
suggest-query = часто ищут
suggest-recent = вы искали
suggest-forget = Забыть недавние запросы
suggest-kind-initiative = инициатива
suggest-kind-ticket = обращение
suggest-kind-cluster = тема обращений
suggest-kind-department = ведомство
suggest-kind-service = услуга
suggest-kind-topic = тема
search-popular = Часто ищут
search-popular-none-title = Пока без подсказок
search-popular-none-body = Здесь появятся слова, которые люди ищут чаще всего. Кто что искал, мы не запоминаем.
search-recent = Вы недавно искали
search-recent-hint = Это помнит только ваш браузер.
search-recent-forget = Забыть
search-did-you-mean = Возможно, вы ищете
search-save = Сообщать о новом
search-save-hint = Когда по этим словам появится что-то новое, мы вам напишем.
saved-title = Мои поиски
saved-body = По этим словам мы раз в час смотрим, нет ли чего нового, и сообщаем вам. Где сообщать, можно выбрать в настройках уведомлений.
saved-alerts = Настройки уведомлений
saved-empty-title = Сохранённых поисков пока нет
saved-empty-body = Найдите что-нибудь и нажмите «Сообщать о новом».
saved-since = Сохранён
saved-found = Новое находилось
saved-delete = Больше не сообщать
flash-search-saved = Готово: о новом по словам «{ $value }» мы сообщим.
flash-search-deleted = Об этом поиске больше не сообщаем.
error-wrong-count-savedSearches =
    У вас уже { $max ->
        [one] { $max } сохранённый поиск
        [few] { $max } сохранённых поиска
       *[other] { $max } сохранённых поисков
    }, это предел. Удалите ненужный, и можно будет сохранить новый.
alert-saved-search-found = Новое по моим сохранённым поискам
audit-saved-search-found = Нашлось новое по сохранённому поиску
audit-kind-saved-search = Сохранённый поиск
notify-saved-search-found-subject = Новое по запросу «{ $title }»: { $number }
notify-saved-search-found-body =
    По вашему сохранённому поиску «{ $title }» нашлось новое, всего: { $number }.

    { $text }

    Удалить этот поиск можно на странице «Мои поиски».
