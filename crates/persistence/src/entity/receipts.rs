//! Receipts of attempts.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "receipts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub help_code: String,
    pub at: i64,
    pub attempt: String,
    pub address_key: Option<String>,
    pub user_id: Option<Uuid>,
    pub client_address: String,
    pub user_agent: String,
    pub request_id: Uuid,
    pub outcome: String,
    pub findings: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
