# Инициативы.
initiative-hidden = Текст скрыт модераторами
initiative-state-draft = Черновик
initiative-state-in-review = На проверке
initiative-state-returned = Возвращена автору
initiative-state-rejected = Отклонена
initiative-state-voting = Голосование
initiative-state-accepted = Поддержана
initiative-state-not-supported = Не набрала голосов
initiative-state-in-implementation = Выполняется
initiative-state-implemented = Выполнена
initiative-state-withdrawn = Отозвана
card-of = { $count ->
    [one] из { $count } голоса
   *[other] из { $count } голосов
}
card-ends = закончится
bar-percent = Собрано { $count } % голосов
