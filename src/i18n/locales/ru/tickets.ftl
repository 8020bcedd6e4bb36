# Обращения и поиск.
ticket-state-new = Получено
ticket-state-triaged = У специалистов
ticket-state-in-progress = В работе
ticket-state-answered = Есть ответ
ticket-state-closed = Закрыто
ticket-state-merged = Объединено
ticket-state-rejected = Отклонено
ticket-state-reopened = Открыто снова
ticket-overdue = Срок прошёл
ticket-private = показано не всем

tickets-title = Обращения
tickets-intro = О чём сообщают жители и что им отвечают. Здесь только то, что авторы разрешили показывать всем.
tickets-intro-staff = О чём сообщают жители и что им отвечают. Вам видны и те обращения, которые показаны не всем.
tickets-track = Найти своё обращение по номеру
tickets-search = Слова из обращения
tickets-filter = Что показать
tickets-list = Найденные обращения
tickets-chip-all = Все
tickets-chip-open = Ждут ответа
tickets-chip-answered = С ответом
tickets-chip-rejected = Отклонены
tickets-chip-mine = Мои
tickets-count = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
}
tickets-none-title = Ничего не нашлось
tickets-none-body = Попробуйте другие слова или уберите отбор.
tickets-empty-title = Пока тихо
tickets-empty-body = Заметили непорядок? Расскажите: это займёт минуту.

report-title = Сообщить о проблеме
report-intro = Опишите, что случилось. Сообщение попадёт к специалистам, которые за это отвечают, и вы получите ответ.
report-no-account = Учётная запись не нужна.
report-text = Что случилось
report-text-hint = Что, где именно и с какого времени. Хватит двух-трёх фраз.
report-similar = Похоже, об этом уже пишут:
report-similar-hint = Если это то же самое, подпишитесь на то обращение. Если нет, продолжайте.
report-similar-none = Похожих сообщений и инициатив не нашлось: ваше будет первым.
opens-new-tab = (в новой вкладке)
report-look = Проверить, не писали ли об этом
report-similar-initiative = инициатива
report-where = Где
report-where-none = Не указывать
report-topic = О чём
report-topic-none = Определит сервис
report-files = Фотографии и файлы
report-files-hint = Не больше { $count }. Фотография часто объясняет лучше слов.
report-files-again = Файлы, если они были, нужно выбрать ещё раз.
report-files-kept = { $count ->
    [one] Один файл уже приложен.
    [few] { $count } файла уже приложены.
   *[other] { $count } файлов уже приложены.
}
report-who = Куда ответить
report-who-hint = Можно не заполнять: мы дадим номер и код, по которым виден ответ.
report-public = Показывать обращение всем
report-public-hint = Тогда его увидят соседи, и об этом же не придётся писать каждому. Имя и почту не увидит никто.
report-button = Отправить
report-when = { $count ->
    [one] Ответим в течение { $count } дня.
   *[other] Ответим в течение { $count } дней.
}
report-track = Уже писали нам?

report-done-same = Похоже, об этом уже писали
report-done-same-hint = Если речь об одном и том же, присоединитесь: ваши слова сохранятся, а ответ придёт всем сразу. Передумать можно в любой момент.
report-done-join = Это о том же — присоединиться
report-done-title = Спасибо, сообщение получено
report-done-number = Номер
report-done-code = Код
report-done-due = Ответим до
report-done-seen = Видно
report-done-public = всем
report-done-private = только автору и специалистам
report-done-keep = Сохраните ссылку или номер с кодом: только по ним можно увидеть ответ. Не показывайте их другим.
report-done-link = Ссылка на обращение
report-done-open = Открыть обращение
report-done-more = Сообщить ещё об одном
report-done-next = Что дальше
report-done-step-1 = Сообщение у нас. Сервис подбирает рабочую группу.
report-done-step-2 = Специалисты читают его и берут в работу. Это видно на странице обращения.
report-done-step-3 = Ответ появится на странице обращения
report-done-step-3-mail = Ответ появится на странице обращения, и мы пришлём письмо
report-done-by = до
report-done-step-4 = Вы оцениваете ответ. Если дело не сделано, напишите ещё, и обращение откроется снова.
report-done-account = С учётной записью все ваши обращения собраны в одном месте.

track-title = Найти обращение
track-body = Введите номер и код, которые вы получили, когда отправили сообщение. Ещё они есть в письмах: в ссылке на обращение.
track-number = Номер
track-number-hint = Например, 2026-048213.
track-code = Код
track-code-hint = Для обращений, которые видны всем, код не нужен.
track-button = Найти
track-account = Писали под своим именем?
track-wrong-number = Номер выглядит так: 2026-048213.
track-not-found = Обращения с таким номером и кодом нет. Проверьте, пожалуйста, оба.

ticket-news = С обращением что-то произошло.
ticket-news-link = Показать
ticket-stages = Как движется обращение
ticket-stage-received = Получено
ticket-stage-given = Передано группе
ticket-stage-work = В работе
ticket-stage-reopened = Открыто снова
ticket-stage-answer = Ответ
ticket-stage-rejected = Отклонено
ticket-stage-merged = Объединено
ticket-by = до
ticket-late = Ответить нужно было
ticket-late-sorry = Извините за задержку: обращение не забыто, и специалисты видят, что срок прошёл.
ticket-merged = Об этом же уже писали, поэтому обращения объединены. Ответ будет здесь:
ticket-merged-private = Об этом же уже писали, поэтому обращения объединены. Об ответе мы сообщим.
ticket-separate = Это другое: рассматривать отдельно
ticket-joined = К этому обращению присоединились: { $count }.
ticket-decision = Решение
ticket-decision-accept = Сделаем
ticket-decision-accept-in-part = Сделаем часть
ticket-decision-decline = Не сделаем
ticket-decision-forward = Передано ведомству
ticket-decision-answer = Разъяснение
ticket-talk = Переписка
ticket-you = Вы
ticket-author = Автор обращения
ticket-answer = Ответ
ticket-note = Заметка для специалистов
ticket-photo = Фотография: { $name }
ticket-rate = Помог ли ответ?
ticket-rate-legend = Ваша оценка
ticket-rate-5 = Да, вопрос решён
ticket-rate-4 = Скорее да
ticket-rate-3 = Отчасти
ticket-rate-2 = Скорее нет
ticket-rate-1 = Нет, ничего не изменилось
ticket-rate-comment = Почему
ticket-rate-button = Оценить
ticket-rated = Оценка ответа:
ticket-reply = Дополнить
ticket-reply-reopen = Вопрос не решён?
ticket-reply-reopen-hint = Напишите, что не так, и обращение откроется снова.
ticket-reply-label = Ваше сообщение
ticket-reply-button = Отправить
ticket-comments = { $count ->
    [0] Обсуждение
   *[other] Обсуждение ({ $count })
}
ticket-comment-label = Что вы об этом знаете
ticket-comment-hint = Комментарий увидят все.
ticket-comment-button = Добавить
ticket-comment-more = Ответить, оценить
ticket-comment-official = Официально
ticket-comment-hidden = Скрыто модераторами:
ticket-comment-log-in = Войдите, чтобы участвовать в обсуждении
ticket-work = Работать с обращением
ticket-facts = Коротко
ticket-seen = Видно
ticket-group = Группа
ticket-territory = Где
ticket-topic = О чём
ticket-answered = Ответ дан
ticket-took = { $count ->
    [0] в тот же день
    [one] за { $count } день
    [few] за { $count } дня
   *[other] за { $count } дней
}
ticket-follow = Следить
ticket-unfollow = Вы следите. Перестать
ticket-history = История
ticket-secret = Вы открыли обращение по личной ссылке. Не пересылайте её: по ней оно откроется любому.
flash-ticket-replied = Сообщение добавлено к обращению № { $value }. Его увидят специалисты.
flash-ticket-rated = Спасибо! Оценка записана.
flash-ticket-followed = Теперь вы узнаете, когда с обращением № { $value } что-то произойдёт.
flash-ticket-joined = Вы присоединились: ответ придёт и вам.
flash-ticket-separated = Обращение снова рассматривается отдельно.
flash-ticket-unfollowed = Новостей об обращении № { $value } больше не будет.
flash-ticket-commented = Комментарий виден всем.

search-label = Что найти
search-button = Найти
search-hint = Ищем по инициативам, обращениям, комментариям, решениям, ведомствам и услугам, в любой форме слова и с опечатками. Фразу целиком возьмите в кавычки, лишнее слово отметьте минусом.
search-found = Что нашлось
search-count = { $count ->
    [one] Нашлось { $count }
   *[other] Нашлось { $count }
}
search-none-title = Ничего не нашлось
search-none-body = Попробуйте другие слова. А может быть, вы первый, кто об этом скажет?
search-kind-initiative = Инициативы
search-kind-ticket = Обращения
search-kind-cluster = Темы обращений
search-kind-comment = Комментарии
search-kind-decision = Решения
search-kind-department = Ведомства
search-kind-service = Услуги
search-one-initiative = Инициатива
search-one-ticket = Обращение
search-one-cluster = Тема обращений
search-one-comment = Комментарий
search-one-decision = Решение
search-one-department = Ведомство
search-one-service = Услуга
search-kinds = Что именно
search-topics = О чём
search-territories = Где
search-orders = Порядок
search-order-relevance = Сначала подходящее
search-order-newest = Сначала новое
search-order-oldest = Сначала старое
search-count-about = Нашлось около { $count }
search-layout = По тому, что набрано, ничего не нашлось. Показываем, что нашлось по словам «{ $words }»: похоже, раскладка была другой.
search-meant = Показываем, что нашлось по словам «{ $words }».
search-in-part = Ничего, где были бы все слова сразу, не нашлось. Показываем, где есть большинство.
search-plain = Поиск обновляется: пока ищем только слова, как они есть, и не всё. Через несколько минут загляните ещё раз.
search-cluster-size = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
}

# Why two messages may be about the same incident.
likeness-same-house = тот же дом
likeness-beside-house = рядом с тем же домом
likeness-same-street = та же улица
likeness-same-area = тот же район или остановка
likeness-other-house = другой дом
likeness-other-street = другая улица
likeness-other-area = другое место
likeness-same-route = тот же маршрут или номер
likeness-other-route = другой маршрут или номер
likeness-same-plate = тот же номер машины
likeness-other-plate = другой номер машины
likeness-same-name = то же название
likeness-other-name = другое название
likeness-other-number = другое количество
likeness-other-date = другой день
likeness-nearly-same-words = слова совпадают на { $percent } %
likeness-days-apart = { $count ->
    [0] в один день
    [one] через { $count } день
    [few] через { $count } дня
   *[other] через { $count } дней
}
