//! What is known of links.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::RwLock;
use url::Url;
use uuid::Uuid;

/// A link that somebody wants to be short.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Where it leads.
    pub url: Url,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// A short link.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Link {
    pub id: Uuid,
    #[serde(flatten)]
    pub target: Target,
    /// How often it was followed.
    pub visits: u64,
}

/// All links, for any number of requests at once.
#[derive(Debug, Default)]
pub struct Links(RwLock<HashMap<Uuid, Link>>);

impl Links {
    /// Makes a short link.
    pub fn add(&self, target: Target) -> Link {
        let link = Link {
            id: Uuid::new_v4(),
            target,
            visits: 0,
        };
        self.write().insert(link.id, link.clone());
        link
    }

    /// Follows a link: it counts the visit and says where it leads.
    pub fn follow(&self, id: Uuid) -> Option<Url> {
        let mut links = self.write();
        let link = links.get_mut(&id)?;
        link.visits += 1;
        Some(link.target.url.clone())
    }

    /// All links, those that are followed most first.
    pub fn popular(&self) -> Vec<Link> {
        let links = self.0.read().unwrap_or_else(|lock| lock.into_inner());
        let mut links: Vec<Link> = links.values().cloned().collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.visits));
        links
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<Uuid, Link>> {
        self.0.write().unwrap_or_else(|lock| lock.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target {
            url: url.parse().unwrap(),
            title: None,
        }
    }

    #[test]
    fn counts_visits() {
        let links = Links::default();
        let seldom = links.add(target("https://example.com/seldom"));
        let often = links.add(target("https://example.com/often"));
        assert_eq!(links.follow(often.id), Some(often.target.url.clone()));
        let popular: Vec<Uuid> = links.popular().iter().map(|link| link.id).collect();
        assert_eq!(popular, [often.id, seldom.id]);
    }

    #[test]
    fn does_not_follow_what_is_not_there() {
        assert_eq!(Links::default().follow(Uuid::nil()), None);
    }
}
