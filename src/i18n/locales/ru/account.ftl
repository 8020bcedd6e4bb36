# Учётные записи.
log-in-title = Вход
log-in-button = Войти
log-in-register = Ещё нет учётной записи?
log-in-forgot = Забыли пароль?
log-in-asked = Для этого нужно войти. Потом вы вернётесь туда, где были.
log-in-carried = Вход закончился, пока вы писали. Текст цел: войдите, и его можно будет отправить.
log-in-demo = Попробовать за любого
log-in-demo-body = Город здесь выдуманный, поэтому войти может каждый. У всех один пароль: { $password }
flash-logged-in = Вы вошли.
flash-logged-out = Вы вышли.
flash-confirmed = Адрес подтверждён. Спасибо! Теперь можно предлагать, голосовать и обсуждать.
flash-claimed = Готово: вы администратор и вошли.

account-role-citizen = Житель
account-role-expert = Специалист
account-role-moderator = Модератор
account-role-department-officer = Сотрудник ведомства
account-role-administrator = Администратор
account-role-service = Программа

register-title = Создать учётную запись
register-body = С ней можно предлагать, голосовать, обсуждать и видеть все свои обращения вместе. Это займёт минуту.
register-name-hint = Его увидят рядом с вашими инициативами и комментариями.
register-email-hint = Её не увидит никто. Мы пришлём на неё ссылку.
register-button = Создать
register-known = Уже есть учётная запись?
registered-title = Проверьте почту
registered-body = Мы отправили письмо на указанный адрес.
registered-step-1 = Вы указали имя, почту и пароль.
registered-step-2 = Откройте ссылку из письма: так мы узнаем, что адрес ваш. Она действует сутки.
registered-step-3 = После этого можно предлагать, голосовать и обсуждать. Войти можно уже сейчас.
registered-none = Письма нет? Посмотрите в папке «Спам». Выслать его снова можно после входа, в настройках.

forgot-title = Новый пароль
forgot-body = Укажите почту учётной записи. Мы пришлём ссылку, по которой можно задать новый пароль.
forgot-button = Прислать ссылку
forgot-back = Вспомнили? Войти
flash-reset-sent = Если учётная запись с адресом { $value } есть, туда уже идёт письмо со ссылкой. Она действует час.
reset-title = Задайте новый пароль
reset-body = После этого на всех устройствах нужно будет войти заново.
reset-button = Сохранить пароль
reset-again = Прислать ссылку ещё раз
flash-password-reset = Новый пароль сохранён. Войдите с ним.

settings-title = Настройки
settings-profile = Профиль
settings-password = Пароль
settings-alerts = О чём сообщать
settings-tokens = Токены
settings-display = Язык и вид
settings-bio = О себе
settings-bio-hint = Пара слов, если хотите. Их увидят все.
settings-locale = Язык писем
settings-locale-hint = Язык страниц выбирается отдельно, в разделе «Язык и вид».
settings-locale-ru = Русский
settings-locale-en = English
settings-save = Сохранить
settings-public = Как меня видят другие
settings-email = Почта
settings-confirmed = адрес подтверждён
settings-unconfirmed = адрес ещё не подтверждён. Откройте ссылку из письма, чтобы предлагать, голосовать и обсуждать.
settings-resend = Выслать письмо ещё раз
settings-log-out = Выйти
flash-profile-saved = Профиль сохранён.
flash-confirmation-sent = Письмо отправлено. Откройте ссылку из него.
password-body = На других устройствах после этого нужно будет войти заново.
password-current = Нынешний пароль
password-new = Новый пароль
password-button = Сменить пароль
flash-password-changed = Пароль изменён. На других устройствах нужно войти заново.

tokens-body = Токен нужен программе, которая действует за вас. Обычно он не нужен.
tokens-secret = Ваш новый токен
tokens-secret-hint = Скопируйте его сейчас: больше мы его не покажем. Кто его знает, может действовать за вас.
tokens-new = Новый токен
tokens-more = Создать ещё один
tokens-name = Название
tokens-name-hint = Чтобы узнать его потом: «домашний скрипт».
tokens-scopes = Что разрешено
tokens-until = Действует до
tokens-forever = отзыва
tokens-revoked = отозван
tokens-revoke = Отозвать
tokens-days = Сколько дней действует
tokens-days-hint = Если не указать, действует, пока вы его не отзовёте.
tokens-create = Создать
token-scope-read = Читать
token-scope-participate = Участвовать: предлагать, голосовать, писать
token-scope-triage = Разбирать обращения
token-scope-administer = Управлять
token-scope-intake = Приносить сообщения
token-scope-converse = Отвечать в чатах
flash-own-token-revoked = Токен отозван: он больше не действует.

me-hello = Здравствуйте, { $name }!
me-awaits = Что ждёт меня
me-votes = Мои голоса
me-drafts = Мои инициативы
me-tickets = Мои обращения
me-notifications = Уведомления
me-work = Работа
me-work-hand = { $count ->
    [one] { $count } обращение у вас в работе
    [few] { $count } обращения у вас в работе
   *[other] { $count } обращений у вас в работе
}
me-work-flags = { $count ->
    [one] { $count } жалоба ждёт решения
    [few] { $count } жалобы ждут решения
   *[other] { $count } жалоб ждут решения
}
me-work-review = { $count ->
    [one] { $count } инициатива ждёт проверки
    [few] { $count } инициативы ждут проверки
   *[other] { $count } инициатив ждут проверки
}
me-work-accepted = { $count ->
    [one] { $count } поддержанная инициатива ждёт ответа
    [few] { $count } поддержанные инициативы ждут ответа
   *[other] { $count } поддержанных инициатив ждут ответа
}
me-answered = Вам ответили
me-answered-hint = Оцените ответ: так видно, помогает ли он.
me-invited = Вас зовут в соавторы
me-unfinished = Можно закончить
me-ending = Скоро закончится, а вашего голоса нет
me-waiting = Ждут ответа
me-running = Ваши инициативы сейчас
me-news = Новое
me-nothing-title = Вас ничего не ждёт
me-nothing-body = Самое время что-нибудь предложить или сообщить.
me-votes-body = Как вы голосовали, видите только вы. Пока голосование идёт, голос можно изменить.
me-votes-yours = Ваш голос:
me-votes-empty-title = Вы ещё не голосовали
me-votes-empty-body = Посмотрите, что решается сейчас.
me-tickets-empty-title = Обращений пока нет
me-tickets-empty-body = Если что-то не так во дворе, на дороге или в школе, расскажите нам.
me-drafts-empty-title = Здесь пока пусто
me-drafts-empty-body = Что бы вы изменили в городе? Черновик сохранится, отправить его можно потом.
me-chip-drafts = Черновики
me-chip-running = Идут
me-chip-ended = Закончены

notifications-unread = Непрочитанные
notifications-new = новое
notifications-read = Прочитано
notifications-read-all = Прочитать все
notifications-settings = О чём и куда сообщать
notifications-empty-title = Новостей нет
notifications-empty-body = Подпишитесь на инициативу или обращение, и мы сообщим, когда там что-то произойдёт.
flash-all-read = Все уведомления прочитаны.
alerts-body = Отметьте, о чём сообщать и где.
alerts-kind = О чём
alerts-channel-in-app = На сайте
alerts-channel-email = Письмом
alerts-channel-telegram = В Telegram
flash-alerts-saved = Сохранено. Дальше мы будем сообщать так.
alert-initiative-submitted = Новая инициатива ждёт проверки ведомства
alert-initiative-returned = Инициативу вернули на доработку
alert-initiative-rejected = Инициативу отклонили
alert-initiative-published = Началось голосование
alert-initiative-accepted = Инициативу поддержали
alert-initiative-not-supported = Инициатива не набрала голосов
alert-initiative-answered = На инициативу ответили
alert-initiative-in-implementation = Инициативу начали выполнять
alert-initiative-milestone-done = Выполнен этап
alert-initiative-implemented = Инициатива выполнена
alert-initiative-withdrawn = Инициативу отозвали
alert-initiative-coauthors-invited = Вас зовут в соавторы
alert-comment-added = Новый комментарий
alert-mentioned = Вас упомянули
alert-ticket-created = Обращение получено
alert-message-unreadable = Сообщение не удалось прочитать
alert-ticket-answered = На обращение ответили
alert-ticket-rejected = Обращение отклонили
alert-ticket-merged = Обращение объединили с другим
alert-ticket-reopened = Обращение открыли снова
alert-ticket-routed = Обращение пришло в вашу группу
alert-ticket-danger = В обращении пишут об опасности
alert-ticket-files-refused = Файлы из моего сообщения не сохранены
alert-cluster-burst = По теме пишут намного чаще обычного

unsubscribe-title = Больше не присылать писем?
unsubscribe-body = Речь о письмах вида «{ $kind }». На сайте вы по-прежнему увидите эти новости.
unsubscribe-others = О чём и где вам сообщать, можно выбрать в настройках уведомлений.
unsubscribe-button = Больше не присылать
unsubscribe-done-title = Таких писем больше не будет
unsubscribe-done-body = Мы больше не присылаем писем вида «{ $kind }». На сайте вы по-прежнему увидите эти новости.

person-since = Здесь с
person-edit = Изменить
person-initiatives = Инициативы
person-none = Инициатив пока нет.
person-gone = Участник
