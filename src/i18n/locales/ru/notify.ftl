## Письма об учётной записи

# Имя здесь не стоит нарочно: его мог вписать кто угодно, а письмо уходит на чужой адрес.
mail-confirmation-subject = Подтвердите адрес почты
mail-confirmation-body =
    Здравствуйте!

    Этот адрес указали при регистрации на сервисе «Вече». Чтобы подтвердить его, откройте ссылку:

    { $link }

    Ссылка действует { $hours ->
        [one] { $hours } час
        [few] { $hours } часа
       *[other] { $hours } часов
    } и срабатывает один раз.

    Если это были не вы, ничего делать не нужно: без подтверждения адрес использован не будет.
mail-already-registered-subject = У вас уже есть учётная запись
mail-already-registered-body =
    Здравствуйте, { $name }!

    Кто-то, возможно вы, снова попробовал зарегистрироваться на сервисе «Вече» с этим адресом. Учётная запись у вас уже есть, новая не создана. Войти можно здесь:

    { $link }

    Если это были не вы, ничего делать не нужно.

mail-reset-subject = Новый пароль
mail-reset-body =
    Здравствуйте!

    Кто-то, возможно вы, попросил новый пароль для входа на сервис «Вече». Чтобы выбрать его, откройте ссылку:

    { $link }

    Ссылка действует { $hours ->
        [one] { $hours } час
        [few] { $hours } часа
       *[other] { $hours } часов
    } и срабатывает один раз.

    Если это были не вы, ничего делать не нужно: прежний пароль остаётся в силе.

## Окончания писем

mail-link = Подробнее
mail-link-conversation = Вся переписка и место, где можно ответить
mail-note-link = Не пересылайте ссылку на переписку: по ней ваше обращение откроется любому.
mail-note-answer = На это письмо можно просто ответить: ответ попадёт в ваше обращение.
mail-unsubscribe = Больше не присылать писем об этом

## Уведомления

notify-initiative-submitted-subject = На рассмотрение: «{ $title }»
notify-initiative-submitted-body =
    В ваш департамент поступила инициатива «{ $title }». Автор: { $actor }.

    Посмотрите её, пожалуйста: её можно вынести на голосование, вернуть автору или отклонить с объяснением.
notify-initiative-returned-subject = Инициативу нужно доработать: «{ $title }»
notify-initiative-returned-body =
    Инициатива «{ $title }» возвращена на доработку. Вот что просят изменить:

    { $reason }

    Когда всё будет готово, отправьте её на рассмотрение снова.
notify-initiative-rejected-subject = Инициатива отклонена: «{ $title }»
notify-initiative-rejected-body =
    Инициативу «{ $title }» нельзя вынести на голосование. Вот почему:

    { $reason }
notify-initiative-published-subject = Голосование началось: «{ $title }»
notify-initiative-published-body =
    Инициатива «{ $title }» вынесена на голосование. Расскажите о ней тем, кому она может быть близка.

    { $reason }
notify-initiative-accepted-subject = Инициатива поддержана: «{ $title }»
notify-initiative-accepted-body = Инициатива «{ $title }» набрала нужную поддержку. Теперь на неё официально ответит департамент.
notify-initiative-not-supported-subject = Голосование закончилось: «{ $title }»
notify-initiative-not-supported-body = Голосование по инициативе «{ $title }» закончилось. Нужной поддержки она не набрала. Спасибо всем, кто участвовал.
notify-initiative-answered-subject = Официальный ответ: «{ $title }»
notify-initiative-answered-body =
    На инициативу «{ $title }» дан официальный ответ:

    { $text }
notify-initiative-in-implementation-subject = Начато исполнение: «{ $title }»
notify-initiative-in-implementation-body = Инициативу «{ $title }» начали исполнять. Этапы и сроки видны на её странице.
notify-initiative-milestone-done-subject = Этап выполнен: «{ $title }»
notify-initiative-milestone-done-body =
    В исполнении инициативы «{ $title }» выполнен этап:

    { $text }
notify-initiative-implemented-subject = Инициатива исполнена: «{ $title }»
notify-initiative-implemented-body =
    Инициатива «{ $title }» исполнена.

    { $reason }
notify-initiative-withdrawn-subject = Инициатива отозвана: «{ $title }»
notify-initiative-withdrawn-body =
    Инициатива «{ $title }» отозвана автором.

    { $reason }
notify-initiative-coauthors-invited-subject = Приглашение в соавторы: «{ $title }»
notify-initiative-coauthors-invited-body =
    { $actor } приглашает вас стать соавтором инициативы «{ $title }».

    Прочитайте её и, если согласны, подпишите. Если нет, ничего делать не нужно.
notify-comment-added-subject = Новый комментарий: «{ $title }»
notify-comment-added-body =
    { $actor } пишет в обсуждении «{ $title }»:

    { $text }
notify-mentioned-subject = Вас упомянули: «{ $title }»
notify-mentioned-body =
    { $actor } упоминает вас в обсуждении «{ $title }»:

    { $text }
notify-ticket-created-subject = Мы получили ваше обращение, № { $number }
notify-ticket-created-body =
    Здравствуйте!

    Ваше обращение получено, его номер { $number }. Мы постараемся ответить в течение { $days ->
        [one] { $days } дня
       *[other] { $days } дней
    }.

    Следить за ним и дополнить его можно по ссылке ниже.
notify-files-refused = Эти файлы мы не сохранили:
notify-files-more = и ещё { $count ->
        [one] { $count } файл
        [few] { $count } файла
       *[other] { $count } файлов
    }
notify-file-unnamed = файл
notify-ticket-files-refused-subject = Файлы к обращению № { $number }: не всё удалось сохранить
notify-ticket-files-refused-body =
    Здравствуйте!

    Ваше сообщение к обращению № { $number } получено, но не все файлы.
notify-file-executable = { $name }: программы и файлы с макросами мы не принимаем
notify-file-too-large = { $name }: слишком большой
notify-file-too-many = { $name }: файлов слишком много
notify-file-empty = { $name }: пустой
notify-file-infected = { $name }: в нём нашли вирус
notify-ticket-answered-subject = Ответ на обращение № { $number }
notify-ticket-answered-body =
    На обращение № { $number } «{ $title }» дан ответ:

    { $text }
notify-ticket-rejected-subject = Обращение № { $number } отклонено
notify-ticket-rejected-body =
    Обращение № { $number } «{ $title }» рассмотреть не получится. Вот почему:

    { $reason }
notify-ticket-merged-subject = Обращение № { $number } объединено с другим
notify-ticket-merged-body = Обращение № { $number } «{ $title }» объединено с обращением № { $text }: они об одном и том же. Рассмотрят их вместе, и об ответе мы сообщим.
notify-ticket-reopened-subject = Обращение № { $number } открыто снова
notify-ticket-reopened-body =
    Обращение № { $number } «{ $title }» открыто снова, к нему вернутся.

    { $reason }
notify-ticket-routed-subject = Новое обращение в вашей группе: № { $number }
notify-ticket-routed-body = Вашей рабочей группе передано обращение № { $number } «{ $title }».
notify-ticket-danger-subject = Опасность: обращение № { $number }
notify-ticket-danger-body =
    В обращении № { $number } «{ $title }» пишут об опасности для жизни или здоровья.

    Посмотрите его, пожалуйста, сейчас.
notify-message-unreadable-subject = Пришло сообщение, которое не удалось прочитать
notify-message-unreadable-body =
    Оно сохранено таким, каким пришло. Почему не прочитано: { $title }

    Посмотрите его и ответьте человеку сами, если это обращение.
notify-cluster-burst-subject = Всплеск обращений: «{ $title }»
notify-cluster-burst-body =
    По теме «{ $title }» пишут намного чаще обычного, обращений за сутки: { $text }.

    Посмотрите, пожалуйста, что случилось.
