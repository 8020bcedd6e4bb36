## О каналах и о тех, кто по ним пишет.

feedback-only-files = (Без слов. Файлы: { $files }{ $more ->
        [0] {""}
       *[other] {" "}и ещё { $more }
    }.)
delivery-forgotten = человек попросил забыть его данные
