use serde::Serialize;

use super::super::Page;

/// `/`: the portal's home.
#[derive(Debug, Clone, Serialize)]
pub struct Home {
    /// The workspace's areas, in its own order.
    pub areas: Vec<Area>,
    /// Where *Start a conversation* leads, if the workspace has such a place.
    pub start_conversation: Option<String>,
}

/// A part of the portal, served by the portal application behind the door.
#[derive(Debug, Clone, Serialize)]
pub struct Area {
    /// What it is called.
    pub name: String,
    /// Its path on this host.
    pub path: String,
}

impl Page for Home {
    const TEMPLATE: &'static str = "home.html";

    fn samples() -> Vec<Self> {
        let area = |name: &str, path: &str| Area {
            name: name.to_owned(),
            path: path.to_owned(),
        };
        vec![
            Self {
                areas: vec![
                    area("Tickets", "/tickets"),
                    area("Articles", "/articles"),
                    area("Status", "/status"),
                ],
                start_conversation: Some("/conversations/new".to_owned()),
            },
            Self {
                areas: Vec::new(),
                start_conversation: None,
            },
            Self {
                areas: vec![
                    area("Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "/de"),
                    area("مقالات المساعدة", "/ar"),
                    area("🦊 & <b>friends</b>", "/fox"),
                ],
                start_conversation: Some("/new?a=1&b=2".to_owned()),
            },
        ]
    }
}
