use super::super::notice::{Event, Notice, answer, read};

fn event(body: &str) -> Event {
    read(body.as_bytes()).unwrap().event
}

#[test]
fn a_challenge_is_answered_with_its_own_type() {
    for challenge in ["12345", "\"12345\"", "9007199254740993", "\"茶\""] {
        let body = format!(
            r#"{{"event":"verify_webhook","client_key":"aw1","content":{{"challenge":{challenge}}}}}"#
        );
        assert_eq!(event(&body), Event::Check { challenge: challenge.to_owned() });
        assert_eq!(answer(challenge), format!("{{\"challenge\":{challenge}}}"));
    }
}

#[test]
fn content_is_an_object_or_the_text_of_one() {
    let wanted = Event::Posted { item_id: "@9VwPz=a+b/c==".to_owned(), share_id: Some("1743849".to_owned()) };
    for content in [
        r#"{"item_id":"@9VwPz=a+b/c==","share_id":1743849}"#,
        r#""{\"share_id\":\"1743849\",\"item_id\":\"@9VwPz=a+b/c==\"}""#,
    ] {
        let body = format!(r#"{{"event":"create_video","from_user_id":"o1","content":{content}}}"#);
        let notice = read(body.as_bytes()).unwrap();
        assert_eq!(notice, Notice { account: Some("o1".to_owned()), event: wanted.clone() });
    }
    let direct = r#"{"event":"create_video","content":{"item_id":"@a"}}"#;
    assert_eq!(event(direct), Event::Posted { item_id: "@a".to_owned(), share_id: None });
}

#[test]
fn authorisations_come_and_go() {
    let body =
        |name: &str| format!(r#"{{"event":"{name}","content":"{{\"scopes\":[\"user_info\",\"x\"]}}"}}"#);
    let scopes = || vec!["user_info".to_owned(), "x".to_owned()];
    assert_eq!(event(&body("authorize")), Event::Authorized { scopes: scopes() });
    assert_eq!(event(&body("unauthorize")), Event::Unauthorized { scopes: scopes() });
    assert_eq!(event(&body("im_receive_msg")), Event::Other { name: "im_receive_msg".to_owned() });
    assert_eq!(event(r#"{"event":"unauthorize"}"#), Event::Unauthorized { scopes: Vec::new() });
}

#[test]
fn what_is_no_notice_is_refused_without_showing_it() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"event":"create_video","content":"secret words"}"#,
        r#"{"event":"create_video","content":{"share_id":"1"}}"#,
        r#"{"event":"verify_webhook","content":{}}"#,
    ] {
        let error = read(body.as_bytes()).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
    let notice = read(br#"{"event":"authorize","from_user_id":"canary","content":{"scopes":[]}}"#).unwrap();
    assert!(!format!("{notice:?}").contains("canary"));
}
