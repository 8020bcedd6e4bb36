# Личные данные в сообщениях, которые видны всем.
masking-found = Это видно всем. Похоже, здесь есть личные данные
masking-by-hand = Скрыть личные данные
masking-hint = Скрытое станет для остальных знаком […]: здесь, в списках, в поиске и в письмах. Вы и автор по-прежнему сможете это прочитать. Приложенные файлы не изменятся.
masking-what = Что скрыть
masking-other = Что-то ещё
masking-other-hint = Имя, адрес, номер — точно так, как в сообщении.
masking-button = Скрыть от остальных
masking-hidden = Личные данные здесь скрыты
masking-original = Как написал автор
masking-original-seen = Это видите только вы и рабочая группа.
masking-show = Снова показать всем
masking-public = Рабочая группа скрыла здесь личные данные.
flash-queue-masked = Скрыто. Теперь это видят только автор и рабочая группа.
flash-queue-unmasked = Сообщение снова такое, каким его написал автор.

personal-phone = телефон
personal-email = электронная почта
personal-passport = паспорт
personal-snils = СНИЛС
personal-inn = ИНН
personal-card = банковская карта
personal-flat = квартира
personal-name = имя
