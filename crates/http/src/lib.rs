//! Pages, JSON API and forward-auth of Doorward over hyper

pub mod render;
