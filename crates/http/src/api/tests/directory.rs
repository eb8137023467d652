//! B8, B9: reading the synced directory.

use doorward_auth::directory::import_directory::Import;
use uuid::Uuid;

use super::*;

const RECORDS: &str = "/api/v1/directory/records";

#[tokio::test]
async fn b9_records_are_searched_and_read() {
    let house = House::new().await;
    let (workspace, directory) = (&house.acme.workspace, house.auth.directory());
    let import = Import {
        text: "email,display_name,active\njo@example.com,Jo,\nmo@example.org,Mo,no\n".to_owned(),
        scope: None,
        dry_run: false,
        agreed: None,
    };
    directory.import(&Acting::operator(), workspace, import).await.unwrap();
    let jo = house.acme.customer("jo@example.com");
    let key = house.key(workspace, &[Scope::SettingsWrite]).await;
    let list = async |query: &str| {
        let told = house.get(&format!("{RECORDS}{query}"), &key).await;
        assert_eq!(told.status, 200, "{}", told.body);
        told.json()
    };
    assert_eq!(list("").await["items"].as_array().unwrap().len(), 2);
    assert_eq!(list("?active=false").await["items"][0]["user_name"], "mo@example.org");
    let near = list("?q=mo@example.com").await;
    assert_eq!(near["items"], json!([]));
    assert_eq!(near["near"][0]["user_name"], "mo@example.org");
    let found = list("?q=jo@").await;
    let id = found["items"][0]["id"].as_str().unwrap();
    let entry = house.get(&format!("{RECORDS}/{id}"), &key).await.json();
    assert_eq!(entry["users"], json!([jo.id.to_string()]));
    assert_eq!(entry["attributes"]["displayName"], "Jo");
    house.get(&format!("{RECORDS}?cursor=x"), &key).await.problem(422);
    house.get(&format!("{RECORDS}?active=x"), &key).await.problem(422);
    let nobody = format!("{RECORDS}/{}", Uuid::from_u128(7));
    house.get(&nobody, &key).await.problem(404);
    // Another workspace's key sees none of it.
    let key = house.key(&house.other.workspace, &[Scope::SettingsWrite]).await;
    let elsewhere = house
        .ask(OTHER, "GET", &format!("{RECORDS}/{id}"), Some(&key), None)
        .await;
    elsewhere.problem(404);
    let elsewhere = house.ask(OTHER, "GET", RECORDS, Some(&key), None).await;
    assert_eq!(elsewhere.json()["items"], json!([]));
}
