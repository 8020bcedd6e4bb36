## What is said of channels and of those who write on them.

feedback-only-files = (Without words. Files: { $files }{ $more ->
        [0] {""}
       *[other] {" "}and { $more } more
    }.)
delivery-forgotten = they asked to be forgotten
