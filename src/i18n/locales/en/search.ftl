# Suggestions, frequent queries, saved searches.
site-find = Search this site
suggest-list = Suggestions
suggest-query = often searched
suggest-recent = you searched
suggest-forget = Forget recent searches
suggest-kind-initiative = initiative
suggest-kind-ticket = report
suggest-kind-cluster = matter
suggest-kind-department = department
suggest-kind-service = service
suggest-kind-topic = topic
search-popular = Often searched
search-popular-none-title = Nothing to suggest yet
search-popular-none-body = The words that people search for most will be here. We do not keep who searched for what.
search-recent = You searched for
search-recent-hint = Only your browser remembers this.
search-recent-forget = Forget
search-did-you-mean = Did you mean
search-save = Tell me of new ones
search-save-hint = When there is something new with these words, we write to you.
saved-title = My searches
saved-body = Once an hour we look whether there is anything new with these words, and tell you. Where we tell you, you choose in the settings of notifications.
saved-alerts = Settings of notifications
saved-empty-title = No saved searches yet
saved-empty-body = Search for something and press “Tell me of new ones”.
saved-since = Saved
saved-found = Something new was found
saved-delete = Tell me no more
flash-search-saved = Done: we will tell you what is new with “{ $value }”.
flash-search-deleted = We will tell you no more of this search.
error-wrong-count-savedSearches =
    You have { $max ->
        [one] { $max } saved search
       *[other] { $max } saved searches
    } already, and that is the most one may have. Delete one that you do not need to save another.
alert-saved-search-found = New things for my saved searches
audit-saved-search-found = Something new for a saved search
audit-kind-saved-search = Saved search
notify-saved-search-found-subject = New for “{ $title }”: { $number }
notify-saved-search-found-body =
    There is something new for your saved search “{ $title }”, in all: { $number }.

    { $text }

    You can delete this search on the page “My searches”.
