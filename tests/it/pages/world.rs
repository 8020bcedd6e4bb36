//! A small world in which every page has something to show, and the addresses of its things.

use chrono::Days;
use serde_json::{Value, json};

use crate::support::{Person, TestApp, gid, initiative, text_of};

pub struct World {
    pub app: TestApp,
    /// Nobody and one of each role, by what they are called here.
    pub readers: Vec<(&'static str, Option<Person>)>,
    pub author: Person,
    /// An initiative in each state, one that is hidden, and one that people vote on by each kind of ballot.
    pub initiatives: Vec<String>,
    pub voting: String,
    pub draft: String,
    pub hidden: String,
    pub done: String,
    pub department: String,
    group: String,
    /// A service of the city, and one that was withdrawn.
    services: Vec<String>,
    tickets: Vec<String>,
    clusters: Vec<String>,
    comments: Vec<String>,
    milestones: Vec<String>,
    flags: Vec<String>,
    service: Person,
    token: String,
    synonyms: String,
    /// The secret of a link that ends mails.
    unsubscribe: String,
}

impl World {
    pub async fn make() -> Self {
        let app = TestApp::start().await;
        let admin = app.administrator().await;
        let (department, officer) = app.department(&admin, "roads").await;
        let (group, expert) = app.group(&admin, "roads").await;
        let (moderator, author) = (app.person("Moderator", &["CITIZEN", "MODERATOR"]).await, app.citizen("Anna").await);
        let service = app.service().await;
        let mut world = Self {
            readers: vec![
                ("nobody", None),
                ("citizen", Some(author.clone())),
                ("expert", Some(expert)),
                ("moderator", Some(moderator)),
                ("officer", Some(officer)),
                ("administrator", Some(admin)),
            ],
            app,
            author,
            initiatives: Vec::new(),
            voting: String::new(),
            draft: String::new(),
            hidden: String::new(),
            done: String::new(),
            department,
            group,
            services: Vec::new(),
            tickets: Vec::new(),
            clusters: Vec::new(),
            comments: Vec::new(),
            milestones: Vec::new(),
            flags: Vec::new(),
            service,
            token: String::new(),
            synonyms: String::new(),
            unsubscribe: String::new(),
        };
        world.places().await;
        world.proposals().await;
        world.discussion().await;
        world.reports().await;
        world.channels().await;
        world.changes().await;
        let saved = json!({ "query": "остановка у школы", "filter": { "kinds": ["INITIATIVE"] } });
        world.app.must(Some(&world.author), "saveSearch", saved, "").await;
        world.app.run_jobs().await;
        let mails = "select id from deliveries where channel = 'EMAIL' and participant_id is not null order by id limit 1";
        let mail: uuid::Uuid = sqlx::query_scalar(mails).fetch_one(world.app.db()).await.unwrap();
        world.unsubscribe = veche::notify::unsubscribe_token(&world.app.app.keys, mail);
        world
    }

    pub fn reader(&self, name: &str) -> Option<&Person> {
        self.readers.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no {name}")).1.as_ref()
    }

    async fn places(&mut self) {
        let id: uuid::Uuid = sqlx::query_scalar("select id from access_tokens").fetch_one(self.app.db()).await.unwrap();
        self.token = gid("AccessToken", id);
        let synonyms: uuid::Uuid =
            sqlx::query_scalar("select id from search_synonyms order by id limit 1").fetch_one(self.app.db()).await.unwrap();
        self.synonyms = gid("SearchSynonyms", synonyms);
        // An index that does well, one that is being made and fails, and one that fell silent.
        sqlx::query(
            "insert into search_indexes (name, engine, version, generation, mark, documents, filled, expected, error, waiting, oldest, reported_at)
             values ('one:/data/search/0', 'EMBEDDED', 1, 1, '9', 12345, null, null, null, 0, null, veche_now()),
                    ('two:/data/search/0', 'EMBEDDED', 1, 1, null, 0, 1000, 12345, 'no space left on device', 7, veche_now() - interval '5 minutes', veche_now()),
                    ('shared', 'MEILISEARCH', 1, 1, '9', 12340, null, null, null, 5, veche_now() - interval '9 hours', veche_now() - interval '8 hours')",
        )
        .execute(self.app.db())
        .await
        .unwrap();
        let admin = self.reader("administrator");
        for (name, key) in [("createTopic", "light"), ("createTerritory", "north")] {
            self.app.must(admin, name, json!({ "key": key, "nameRu": "Свет", "nameEn": "Light" }), "").await;
        }
        let mut services = Vec::new();
        for key in ["lamps", "ferry"] {
            let input = json!({ "key": key, "nameRu": "Вызов мастера", "nameEn": "Calling a technician", "departmentId": self.department,
                                "descriptionRu": "Назовите улицу.", "descriptionEn": "Name the street.", "url": "https://example.org/свет" });
            let made = self.app.must(admin, "createService", input, "service { id }").await;
            services.push(text_of(&made["service"]["id"]));
        }
        self.app.must(admin, "withdrawService", json!({ "serviceId": services[1] }), "").await;
        self.services = services;
    }

    async fn new_initiative(&mut self, more: Value) -> String {
        let mut input = initiative(&self.department);
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.app.must(Some(&self.author), "createInitiative", input, "initiative { id }").await;
        let id = text_of(&made["initiative"]["id"]);
        self.initiatives.push(id.clone());
        id
    }

    async fn submitted(&mut self) -> String {
        let id = self.new_initiative(json!({})).await;
        self.app.must(Some(&self.author), "submitInitiative", json!({ "initiativeId": id }), "").await;
        id
    }

    async fn reviewed(&mut self, verdict: &str) -> String {
        let id = self.submitted().await;
        let reason = if verdict == "PUBLISH" { "" } else { "Назовите, пожалуйста, число остановок." };
        let input = json!({ "initiativeId": id, "verdict": verdict, "reason": reason });
        self.app.must(self.reader("officer"), "reviewInitiative", input, "").await;
        id
    }

    async fn open(&mut self, more: Value) -> String {
        let author = self.author.clone();
        let id = self.app.voting(&author, &self.department, self.reader("officer").unwrap(), more).await;
        self.initiatives.push(id.clone());
        id
    }

    async fn accepted(&mut self) -> String {
        let id = self.open(json!({ "threshold": 1 })).await;
        self.app.must(Some(&self.author), "castVote", json!({ "initiativeId": id, "choices": [0] }), "").await;
        self.app.run_jobs().await;
        id
    }

    async fn answered(&mut self) -> (String, Vec<String>) {
        let id = self.accepted().await;
        let due = self.app.app.clock.now().date_naive().checked_add_days(Days::new(30)).unwrap();
        let body = "Построим все десять остановок до зимы.";
        let input = json!({ "initiativeId": id, "accepted": true, "body": body, "milestones": [{ "title": "Проект", "dueOn": due }] });
        let answered = self.app.must(self.reader("officer"), "answerInitiative", input, "initiative { milestones { id } }").await;
        let milestones = answered["initiative"]["milestones"].as_array().unwrap().iter().map(|m| text_of(&m["id"])).collect();
        (id, milestones)
    }

    async fn proposals(&mut self) {
        // First the one whose time passes, before the others begin.
        self.open(json!({ "votingDays": 1 })).await;
        self.app.advance(2).await;
        sqlx::query("select graphile_worker.add_job('settle_due', '{}'::json)").execute(self.app.db()).await.unwrap();
        self.app.run_jobs().await;
        self.draft = self.new_initiative(json!({ "title": "Черновик о лавочках" })).await;
        self.submitted().await;
        self.reviewed("RETURN").await;
        self.reviewed("REJECT").await;
        self.accepted().await;
        let (_, open) = self.answered().await;
        let (done, closed) = self.answered().await;
        for milestone in &closed {
            self.app.must(self.reader("officer"), "completeMilestone", json!({ "milestoneId": milestone, "note": "Готово." }), "").await;
        }
        let input = json!({ "initiativeId": done, "reason": "Остановки открыты." });
        self.app.must(self.reader("officer"), "completeImplementation", input, "").await;
        self.milestones = open;
        self.done = done;
        let withdrawn = self.reviewed("PUBLISH").await;
        let input = json!({ "initiativeId": withdrawn, "reason": "Уже сделано без нас." });
        self.app.must(Some(&self.author), "withdrawInitiative", input, "").await;
        for (kind, options) in [("FOR_AGAINST_ABSTAIN", json!([])), ("SINGLE_CHOICE", json!(["Да", "Нет"]))] {
            self.open(json!({ "ballotKind": kind, "options": options })).await;
        }
        let many = json!({ "ballotKind": "MULTIPLE_CHOICE", "options": ["Лавки", "Урны", "Свет"], "minChoices": 1, "maxChoices": 2 });
        self.open(many).await;
        self.hidden = self.open(json!({ "title": "Скрытая инициатива" })).await;
        let input = json!({ "subjectId": self.hidden, "reason": "Чужие персональные данные." });
        self.app.must(self.reader("moderator"), "hide", input, "").await;
        self.voting = self.open(json!({ "threshold": 500 })).await;
        for name in ["citizen", "expert"] {
            self.app.must(self.reader(name), "castVote", json!({ "initiativeId": self.voting, "choices": [0] }), "").await;
        }
        self.app.must(Some(&self.author), "follow", json!({ "subjectId": self.voting }), "").await;
    }

    async fn comment(&mut self, who: &str, more: Value) -> String {
        let mut input = json!({ "subjectId": self.voting, "body": "Остановка у школы нужнее всего.", "side": "FOR" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id = text_of(&self.app.must(self.reader(who), "addComment", input, "comment { id }").await["comment"]["id"]);
        self.comments.push(id.clone());
        id
    }

    async fn discussion(&mut self) {
        let first = self.comment("citizen", json!({})).await;
        self.comment("expert", json!({ "parentId": first, "side": "AGAINST" })).await;
        let hidden = self.comment("citizen", json!({ "body": "Телефон соседа: 12-34." })).await;
        self.app.must(self.reader("moderator"), "hide", json!({ "subjectId": hidden, "reason": "Чужой телефон." }), "").await;
        for subject in [&first, &self.voting] {
            let input = json!({ "subjectId": subject, "reason": "OFF_TOPIC", "body": "Не о том." });
            let flag = self.app.must(self.reader("expert"), "flag", input, "flag { id }").await;
            self.flags.push(text_of(&flag["flag"]["id"]));
        }
    }

    async fn reports(&mut self) {
        let texts = [
            "Не горит фонарь у школы на Садовой",
            "Фонарь у школы на Садовой не горит",
            "Яма на дороге у рынка",
            "Протекает крыша в доме 5",
        ];
        let mut ids = Vec::new();
        for (n, text) in texts.iter().enumerate() {
            let (number, id) = self.app.message(&self.service, &format!("m{n}"), text).await;
            self.tickets.push(number);
            ids.push(id);
        }
        let input = json!({ "text": "На площадке сломаны качели, дети падают. Звоните: +7 912 345-67-89, кв. 12.", "public": true });
        let select = "submitted { number ticket { id articles { nodes { id } } } }";
        let own = self.app.must(Some(&self.author), "submitFeedback", input, select).await["submitted"].clone();
        self.tickets.push(text_of(&own["number"]));
        let hidden = json!({ "articleId": own["ticket"]["articles"]["nodes"][0]["id"], "passages": ["кв. 12"] });
        self.app.must(self.reader("expert"), "maskArticle", hidden, "").await;
        let own = text_of(&own["ticket"]["id"]);
        self.app.run_jobs().await;
        let clusters = self.app.query(self.reader("expert"), "{ clusters(first: 50) { nodes { id } } }", json!({})).await;
        self.clusters = clusters["clusters"]["nodes"].as_array().unwrap().iter().map(|c| text_of(&c["id"])).collect();
        let expert = self.reader("expert");
        for ticket in ids.iter().chain([&own]) {
            self.app.must(expert, "routeTicket", json!({ "ticketId": ticket, "groupId": self.group }), "").await;
        }
        self.app.must(expert, "assignTicket", json!({ "ticketId": ids[0], "assigneeId": expert.unwrap().gid() }), "").await;
        self.app.must(expert, "replyToTicket", json!({ "ticketId": ids[0], "text": "Смотрим.", "note": true }), "").await;
        self.app.must(expert, "replyToTicket", json!({ "ticketId": own, "text": "Починим завтра." }), "").await;
        self.app.must(expert, "rejectTicket", json!({ "ticketId": ids[3], "reason": "Это частный дом, обратитесь к хозяину." }), "").await;
        let assessment = json!({ "subjectId": self.clusters[0], "feasibility": 3, "costLow": 1_000, "costHigh": 2_000,
                                 "effect": "Жители двух домов.", "opinion": "Детали есть на складе." });
        self.app.must(expert, "assess", assessment, "").await;
        let decision = json!({ "subjectId": self.clusters[0], "kind": "ACCEPT", "body": "Ремонт закончим к первому декабря." });
        self.app.must(expert, "decide", decision, "").await;
    }

    /// Bots that do well and badly, a chat that was linked, answers on their way, lost and delivered, a message with everything that may
    /// be wrong with one, and messages that could not be read at all.
    async fn channels(&mut self) {
        let (app, service, author, expert) = (&self.app, Some(&self.service), Some(&self.author), self.reader("expert"));
        for (channel, name, state) in
            [("EMAIL", "inbox@example.org", "OK"), ("EMAIL", "roads@example.org", "FAILING"), ("TELEGRAM", "veche_bot", "FAILING")]
        {
            let input =
                json!({ "channel": channel, "name": name, "state": state, "detail": "401 Unauthorized", "received": 12, "ignored": 3 });
            app.must(service, "reportChannel", input, "").await;
        }
        let link = app.must(author, "createContactLink", json!({ "channel": "TELEGRAM" }), "link { code }").await;
        let input = json!({ "channel": "TELEGRAM", "address": "771", "name": "Анна", "code": link["link"]["code"] });
        app.must(service, "linkContact", input, "").await;
        let mut numbers = Vec::new();
        for text in ["Не работает лифт в доме 7", "Кран течёт на остановке", "Нет урн в сквере"]
        {
            let input = json!({ "channel": "TELEGRAM", "externalId": text, "conversation": text, "text": text, "public": true,
                                "sender": { "address": "771", "verified": true } });
            let received = app.must(service, "receiveMessage", input, "received { number ticketId }").await["received"].clone();
            app.must(expert, "routeTicket", json!({ "ticketId": received["ticketId"], "groupId": self.group }), "").await;
            app.must(expert, "replyToTicket", json!({ "ticketId": received["ticketId"], "text": "Починим завтра." }), "").await;
            numbers.push(text_of(&received["number"]));
        }
        app.run_jobs().await;
        let claim = json!({ "channel": "TELEGRAM", "first": 3 });
        let claimed = app.must(service, "claimOutgoing", claim, "messages { id }").await["messages"].clone();
        for (message, outcome) in claimed.as_array().unwrap().iter().zip(["SENT", "FAILED", "FAILED"]) {
            let input = json!({ "id": message["id"], "outcome": outcome, "error": (outcome == "FAILED").then_some("403 Forbidden") });
            app.must(service, "settleOutgoing", input, "").await;
        }
        app.must(self.reader("administrator"), "retryDelivery", json!({ "id": claimed[2]["id"] }), "").await;
        let file = |name: &str, content: &str| json!({ "name": name, "contentType": "text/plain", "content": content });
        let input = json!({ "channel": "EMAIL", "externalId": "odd", "sender": { "address": "odd@example.org" }, "text": "Яма\u{202e} у школы",
                            "quotation": "> Здравствуйте", "replyToken": "forged",
                            "attachments": [file("notes.txt", "bm90ZXM="), file("bad.txt", "YmFk"), file("run.exe", "TVqQAAMAAAAEAAAA")] });
        let odd = app.must(service, "receiveMessage", input, "received { number }").await["received"]["number"].clone();
        numbers.push(text_of(&odd));
        sqlx::query("update attachments set quarantine = 'Eicar' where name = 'bad.txt'").execute(app.db()).await.unwrap();
        for id in ["one", "two"] {
            let input = json!({ "channel": "EMAIL", "externalId": id, "reason": "too many parts", "content": "YQ==" });
            app.must(service, "keepUnreadableMessage", input, "").await;
        }
        let unreadable = app.query(self.reader("administrator"), "{ unreadableMessages { nodes { id } } }", json!({})).await;
        let seen = json!({ "id": unreadable["unreadableMessages"]["nodes"][0]["id"] });
        app.must(self.reader("administrator"), "markUnreadableSeen", seen, "").await;
        self.tickets.extend(numbers);
    }

    /// Changes of clusters that are proposed or decided, and a shelf of clusters; the last look at them runs.
    async fn changes(&self) {
        self.app.must(self.reader("expert"), "regroupClusters", json!({}), "").await;
        self.app.run_jobs().await;
        sqlx::query(
            "with few as (select array_agg(id order by id) as ids from clusters where state = 'OPEN' and size > 0),
                  own as (select array_agg(id order by id) as ids from tickets),
                  shelf as (insert into themes (id, keywords, clusters, size) values ($1, '{фонарь,школа}', 2, 3))
             insert into cluster_proposals (id, kind, state, cluster_id, sources, tickets, weight, size, evidence, reason)
             select gen_random_uuid(), kind, state, few.ids[1], case when kind = 'SPLIT' then '{}' else few.ids[2:3] end,
                    case when kind = 'MERGE' then '{}' else own.ids[1:2] end, 2, 5,
                    jsonb_build_object('similarity', 0.7, 'similarity_now', case when kind = 'MOVE' then 0.2 end, 'shared', array['фонарь'],
                        'staying', jsonb_build_object('size', 3, 'words', array['школа'], 'examples', to_jsonb(own.ids[1:3])),
                        'moving', jsonb_build_object('size', 2, 'words', array['яма'], 'examples', to_jsonb(own.ids[4:5]))),
                    case when state = 'REFUSED' then 'Это разные дома.' else '' end
             from few, own, unnest(array['MERGE', 'SPLIT', 'MOVE']) kind, unnest(array['OPEN', 'REFUSED']) state",
        )
        .bind(self.app.app.new_id())
        .execute(self.app.db())
        .await
        .unwrap();
        sqlx::query("update clusters set theme_id = (select id from themes order by id desc limit 1)")
            .execute(self.app.db())
            .await
            .unwrap();
    }

    /// Addresses for a pattern of the map: all of its things. A pattern whose parts are not known fails.
    pub fn addresses(&self, pattern: &str) -> Vec<String> {
        if pattern == "/report/done" {
            return self.tickets.iter().map(|number| format!("{pattern}?number={number}")).collect();
        }
        let mut addresses = vec![String::new()];
        let mut noun = "";
        for part in pattern.split('/').skip(1) {
            let values = if part.contains([':', '<', '*']) { self.values(pattern, noun) } else { vec![part.to_owned()] };
            noun = part;
            addresses = addresses.iter().flat_map(|start| values.iter().map(move |value| format!("{start}/{value}"))).collect();
        }
        addresses
    }

    /// What may stand in an address behind this word.
    fn values(&self, pattern: &str, noun: &str) -> Vec<String> {
        let one = |id: &String| vec![id.clone()];
        match noun {
            "initiatives" => self.initiatives.clone(),
            "tickets" => self.tickets.clone(),
            "clusters" => self.clusters.clone(),
            "comments" => self.comments.clone(),
            "milestones" => self.milestones.clone(),
            "flags" | "moderation" => self.flags.clone(),
            "departments" => one(&self.department),
            "groups" => one(&self.group),
            "people" => self.readers.iter().filter_map(|(_, who)| who.as_ref()).map(Person::gid).collect(),
            "services" | "city-services" => self.services.clone(),
            "tokens" => one(&self.token),
            "synonyms" => one(&self.synonyms),
            "unsubscribe" => one(&self.unsubscribe),
            "node" => [&self.initiatives, &self.clusters, &self.comments]
                .into_iter()
                .flatten()
                .chain([&self.department, &self.services[0]])
                .cloned()
                .collect(),
            "og" => {
                let ids = self.initiatives.iter().map(|id| format!("{id}.png"));
                ids.chain(["veche.png", "icon-192.png", "icon-512.png"].map(str::to_owned)).collect()
            }
            "statistics" => ["messages", "initiative-states", "channels"].iter().map(|name| format!("{name}.csv")).collect(),
            // Secrets of mails: the pages look the same for any.
            "confirm" | "claim" | "reset" => vec!["x".into()],
            _ => panic!("{pattern}: no example of what stands behind {noun:?}; name one in the world of the pages"),
        }
    }

    /// Fills every text that people write with something bad, past all checks: what stands in the database may be anything.
    pub async fn poison(&self, text: &str) {
        let columns: Vec<(String, String, bool)> = sqlx::query_as(
            "select table_name::text, column_name::text, data_type = 'ARRAY' from information_schema.columns
             join information_schema.tables using (table_schema, table_name)
             where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER' and (table_name, column_name) not in (('flags', 'reason'))
               and (column_name in ('name', 'bio', 'title', 'goal', 'effect', 'resources', 'reason', 'body', 'note', 'opinion', 'label', 'subject',
                    'hidden_reason', 'quotation', 'detail', 'error', 'external_id', 'name_ru', 'name_en', 'description_ru', 'description_en', 'rating_comment') and data_type = 'text'
                or column_name in ('options', 'keywords', 'words') and data_type = 'ARRAY')
               and table_name not like '\\_%' and table_name not in ('installation', 'models')",
        )
        .fetch_all(self.app.db())
        .await
        .unwrap();
        assert!(columns.len() > 25, "{columns:?}");
        let mut tx = self.app.db().begin().await.unwrap();
        sqlx::raw_sql("set local session_replication_role = replica").execute(&mut *tx).await.unwrap();
        for (table, column, list) in columns {
            let value = if list { "array_fill($1 || ctid::text, array[cardinality(COL)])" } else { "$1 || ctid::text" };
            let update =
                format!("update {table} set COL = {value} where COL is not null and COL::text not in ('', '{{}}')").replace("COL", &column);
            sqlx::query(sqlx::AssertSqlSafe(update)).bind(text).execute(&mut *tx).await.unwrap_or_else(|e| panic!("{table}.{column}: {e}"));
        }
        let update = "update articles set refused_files = jsonb_build_array(jsonb_build_object('name', $1, 'reason', 'EMPTY'))
                      where refused_files <> '[]'";
        sqlx::query(update).bind(text).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}
