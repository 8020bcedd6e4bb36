# Рамка страниц, формы, даты, главная.
site-description = Предлагайте, голосуйте, обсуждайте, сообщайте о проблемах — и смотрите, что из этого вышло.
site-skip = К содержанию страницы
site-nav = Разделы
site-desk = Рабочее место
site-menu = Меню
site-search = Поиск
site-initiatives = Инициативы
site-tickets = Обращения
site-report = Сообщить о проблеме
site-statistics = Статистика
site-help = Помощь
site-help-votes = Как считаются голоса
site-departments = Ведомства
site-services = Услуги города
site-api = Для разработчиков
site-feed = Лента
site-display = Язык и вид
site-notifications = Уведомления
site-me = Моя страница
site-log-in = Войти
site-queue = Очередь
site-model = Машина
site-clusters = Темы обращений
site-review = Проверка
site-moderation = Жалобы
site-admin = Управление
site-to-home = На главную
site-unconfirmed = Подтвердите адрес почты, чтобы предлагать, голосовать и обсуждать.
site-unconfirmed-more = Выслать письмо ещё раз

pager-label = Страницы списка
pager-back = Предыдущая страница
pager-on = Следующая страница

form-optional = необязательно
form-errors = { $count ->
    [one] Исправьте, пожалуйста, одно место
    [few] Исправьте, пожалуйста, { $count } места
   *[other] Исправьте, пожалуйста, { $count } мест
}
form-number = Здесь нужно целое число, например 100.

again-title = Проверьте и отправьте ещё раз
again-body = То, что вы написали, цело. Страница была открыта долго или вы вошли заново, поэтому форму нужно отправить ещё раз.
again-send = Отправить

web-foreign-title = Форма пришла не с нашей страницы
web-foreign-body = Ничего не сделано. Откройте нужную страницу здесь и повторите.

date-day = { $day } { $month } { $year }
date-time = { $day }, { $time }
date-month-1 = января
date-month-2 = февраля
date-month-3 = марта
date-month-4 = апреля
date-month-5 = мая
date-month-6 = июня
date-month-7 = июля
date-month-8 = августа
date-month-9 = сентября
date-month-10 = октября
date-month-11 = ноября
date-month-12 = декабря
ago-now = только что
ago-minutes = { $count ->
    [one] { $count } минуту назад
    [few] { $count } минуты назад
   *[other] { $count } минут назад
}
ago-hours = { $count ->
    [one] { $count } час назад
    [few] { $count } часа назад
   *[other] { $count } часов назад
}
ago-days = { $count ->
    [one] { $count } день назад
    [few] { $count } дня назад
   *[other] { $count } дней назад
}
in-now = вот-вот
in-minutes = { $count ->
    [one] через { $count } минуту
    [few] через { $count } минуты
   *[other] через { $count } минут
}
in-hours = { $count ->
    [one] через { $count } час
    [few] через { $count } часа
   *[other] через { $count } часов
}
in-days = { $count ->
    [one] через { $count } день
    [few] через { $count } дня
   *[other] через { $count } дней
}
size-bytes = { $count } Б
size-kilobytes = { $count } КБ
size-megabytes = { $count } МБ

home-propose = Предложить
home-report = Сообщить о проблеме
home-all = Все
home-deciding = Решается сейчас
home-near = Вот-вот наберут голоса
home-answered = Получили ответ
home-changes = Что изменилось
home-empty-title = Здесь пока тихо
home-empty-body = Предложите первое, что стоит изменить, — и люди смогут это поддержать.

display-title = Язык и вид
display-body = Настройки хранятся в этом браузере и действуют сразу.
display-language = Язык
display-language-auto = Как в учётной записи или браузере
display-own-name = Русский
display-theme = Цвета
display-theme-auto = Как на устройстве
display-theme-light = Светлые
display-theme-dark = Тёмные
display-text = Размер текста
display-text-auto = Обычный
display-text-large = Крупный
display-contrast = Контраст
display-contrast-auto = Как на устройстве
display-contrast-more = Высокий
display-zone = Часовой пояс
display-zone-auto = Как в браузере
display-save = Сохранить
flash-display-saved = Сохранено: так теперь выглядят все страницы.

field-label-name = Имя
field-label-email = Электронная почта
field-label-password = Пароль
field-hint-password = Не короче 10 знаков. Удобнее всего несколько слов подряд.

change-published = Открыто голосование
change-accepted = Набрано достаточно голосов
change-not-supported = Не набрано достаточно голосов
change-answered = Дан официальный ответ
change-in-implementation = Началось выполнение
change-milestone-done = Сделан шаг
change-implemented = Выполнено
