web-title = Вече
web-tagline = Предлагайте, голосуйте, обсуждайте, сообщайте — и смотрите, что из этого вышло.
web-home-intro = Здесь жители предлагают инициативы и голосуют за них, сообщают о том, что не так, и получают ответ. Сообщения разбирают рабочие группы специалистов, а каждое решение видно всем.
web-explorer = Попробовать программный интерфейс
web-docs = Документация

web-confirm-title = Подтверждение адреса
web-confirm-body = Нажмите кнопку, чтобы подтвердить адрес своей почты.
web-confirm-button = Подтвердить
web-confirmed-title = Адрес подтверждён
web-confirmed-body = Спасибо! Теперь вы можете предлагать, голосовать, обсуждать и сообщать.

web-claim-title = Первый администратор
web-claim-body = Сервис только что установлен. Создайте учётную запись администратора; сделать это можно один раз.
web-claim-name = Имя
web-claim-email = Электронная почта
web-claim-password = Пароль, не короче 10 знаков
web-claim-button = Создать учётную запись
web-claim-done = Готово: вы администратор и уже вошли.

web-ticket-title = Обращение № { $number }
web-ticket-state-new = Получено, ещё не прочитано
web-ticket-state-triaged = Передано специалистам
web-ticket-state-in-progress = Над ним работают
web-ticket-state-answered = Дан ответ
web-ticket-state-closed = Закрыто
web-ticket-state-merged = Объединено с другим обращением о том же
web-ticket-state-rejected = Отклонено с объяснением
web-ticket-state-reopened = Открыто снова
web-ticket-from-you = Вы
web-ticket-from-us = Ответ
web-ticket-reply-label = Добавить сообщение
web-ticket-reply-button = Отправить
web-ticket-sent = Сообщение отправлено.

web-not-found-title = Такой страницы нет
web-not-found-body = Проверьте адрес: возможно, ссылка скопирована не полностью или больше не действует.
web-error-title = Что-то сломалось у нас
web-error-body = Попробуйте ещё раз немного позже. Если не поможет, сообщите нам код { $reference }.

web-refused-title = Так не получится

explorer-query = Запрос
explorer-variables = Переменные (JSON)
explorer-token = Токен доступа, если нужен
explorer-run = Выполнить
explorer-stop = Остановить
explorer-result = Ответ
explorer-no-script = Странице нужен JavaScript. Без него отправляйте запросы любым клиентом GraphQL на /graphql.

ballot-support = Поддерживаю
ballot-for = За
ballot-against = Против
ballot-abstain = Воздержусь

feed-title = Вече: что решается и что решено
feed-change-voting = Открыто голосование
feed-change-accepted = Набраны нужные голоса
feed-change-not-supported = Не набрала голосов
feed-change-rejected = Отклонена при проверке
feed-change-in-implementation = Взята в работу
feed-change-implemented = Выполнена
feed-change-withdrawn = Отозвана автором
feed-change-answer-yes = Ведомство согласилось
feed-change-answer-no = Ведомство отказало

offline-title = Нет связи
offline-body = Страницу не удалось открыть: похоже, пропал интернет. Когда связь вернётся, попробуйте ещё раз.
offline-again = Попробовать ещё раз
offline-draft = Хотите сообщить о проблеме? Напишите сейчас
offline-text = Что случилось и где
offline-hint = Текст останется в этом браузере. Когда связь вернётся, он уже будет в форме обращения — останется отправить.
offline-kept = Сохранено на этом устройстве.
offline-offer = Мы подставили текст, который вы написали без связи. Проверьте его и отправьте.

og-busy = Картинка ещё рисуется. Повторите чуть позже.
