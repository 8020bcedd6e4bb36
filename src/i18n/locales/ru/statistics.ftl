# Графики.
chart-empty = Пока нечего показать: здесь появится график, как только наберутся первые числа.
chart-table = Числа таблицей
chart-when = Когда
chart-name = Что
chart-number = Сколько
chart-csv = Скачать числа (CSV)
chart-day = { $day }.{ $month }.{ $year }
chart-moment = { $day }.{ $month } { $hour }:{ $minute }
chart-summary = { $name }: сначала { $first }, в конце { $last }, больше всего { $most } ({ $day }).
chart-bars-summary = Больше всего: { $name } — { $count } из { $total }.
chart-limit = Нужно { $count }.

# Статистика.
statistics-title = Статистика
statistics-intro = Сколько людей пишет, голосует и обсуждает — и как быстро им отвечают. Числа считаются по самим записям, без округлений.
statistics-note = Закрытые обращения входят в числа, но не показываются. Те же числа отдаёт программный интерфейс.
statistics-period = За какое время
statistics-period-month = 30 дней
statistics-period-quarter = 90 дней
statistics-period-year = Год
statistics-period-all = Всё время
statistics-charts = Графики
statistics-tickets = Обращения
statistics-answers = Ответы
statistics-answered = С ответом
statistics-overdue = Срок ответа прошёл
statistics-median = Обычно отвечают за
statistics-rating = Средняя оценка ответа, из 5
statistics-percent = { $count } %
statistics-point = ,
statistics-clusters = Общих тем в обращениях
statistics-initiatives = Инициативы
statistics-ballots = Голоса
statistics-comments = Комментарии
statistics-participants = Новые участники
statistics-hours = { $count ->
    [one] { $count } час
    [few] { $count } часа
   *[other] { $count } часов
}
statistics-days = { $count ->
    [one] { $count } день
    [few] { $count } дня
   *[other] { $count } дней
}
statistics-week = Неделя с
statistics-of-messages = Обращения и ответы по неделям
statistics-of-ballots = Голоса по неделям
statistics-of-proposals = Инициативы и комментарии по неделям
statistics-of-participants = Новые участники по неделям
statistics-of-initiative-states = Инициативы: что с ними сейчас
statistics-of-message-states = Обращения: что с ними сейчас
statistics-of-channels = Откуда приходят обращения
statistics-of-groups = Обращения по рабочим группам
statistics-of-topics = Обращения по темам
statistics-of-territories = Обращения по районам
statistics-ticket-state-new = Ещё не прочитаны
statistics-ticket-state-triaged = Переданы специалистам
statistics-ticket-state-in-progress = В работе
statistics-ticket-state-answered = Дан ответ
statistics-ticket-state-closed = Закрыты
statistics-ticket-state-merged = Объединены с другими
statistics-ticket-state-rejected = Отклонены с объяснением
statistics-ticket-state-reopened = Открыты снова
statistics-channel-web = Сайт
statistics-channel-email = Почта
statistics-channel-telegram = Telegram
statistics-channel-phone = Телефон
statistics-channel-api = Другие программы

# Ведомства.
departments-title = Ведомства
departments-crumbs = Путь к этой странице
departments-intro = Кто отвечает на инициативы и выполняет то, что решили люди, — и как у них это получается.
departments-empty-title = Ведомств пока нет
departments-empty-body = Когда их добавят, здесь будет видно, кто и как быстро отвечает на инициативы.
departments-empty-add = Добавить ведомство
department-open = Инициатив в работе
department-answered = Дано ответов
department-on-time = Ответы в срок
department-usually = Обычно отвечают за
department-figures-note = Считаются официальные ответы на инициативы, набравшие голоса.
department-follow = Следить за ведомством
department-unfollow = Больше не следить
department-propose = Предложить инициативу
department-settings = Настроить
department-officers = Кто отвечает
department-officers-none = Пока никто не назначен.
department-initiatives = Инициативы
department-all = Все
department-none-title = Здесь пока пусто
department-none-body = Предложите первое: что этому ведомству стоит изменить?
flash-department-followed = Готово: мы сообщим, когда ведомство ответит или что-то изменится.
flash-department-unfollowed = Готово: уведомлений об этом ведомстве больше не будет.
