//! How the web player is served: its options.

use std::path::PathBuf;

use clap::Args;
use polyphony_site::{Options, Sources};
use url::Url;

use super::{Config, Environment, OptionalPath, optional_path};

/// The web player, which is served wherever nothing else is. It is built into the program.
#[derive(Debug, Clone, Args)]
pub(crate) struct Web {
    /// Folder with a built web player, to be served instead of the one in the program.
    #[arg(long = "web-dir", env = "WEB_DIR", value_parser = optional_path)]
    pub(crate) dir: Option<OptionalPath>,

    /// Where clients reach media's playlists and covers (its `PUBLIC_URL`): pages may fetch from there.
    #[arg(long, env = "MEDIA_PUBLIC_URL", default_value = "http://127.0.0.1:4107")]
    pub(crate) media_public_url: Url,

    /// Where clients reach the object store: pages may fetch audio from there and upload to it.
    #[arg(long, env = "S3_PUBLIC_ENDPOINT")]
    pub(crate) s3_public_endpoint: Option<Url>,

    /// The CDN in front of the object store, when media has one.
    #[arg(long, env = "CDN_URL")]
    pub(crate) cdn_url: Option<Url>,

    /// Further sources of pictures, separated by commas: origins (`https://covers.example.org`), or `https:` for any. Pictures that
    /// the catalog names by addresses elsewhere are shown from these alone.
    #[arg(long = "web-image-sources", env = "WEB_IMAGE_SOURCES", value_delimiter = ',')]
    pub(crate) image_sources: Vec<String>,
}

impl Web {
    /// The folder that is served.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        self.dir.as_ref()?.0.clone()
    }
}

impl From<&Config> for Options {
    fn from(config: &Config) -> Self {
        let web = &config.web;
        let media = std::iter::once(&web.media_public_url).chain(&web.s3_public_endpoint).chain(&web.cdn_url);
        Self {
            folder: web.folder(),
            sources: Sources {
                media: media.map(|url| url.origin().ascii_serialization()).collect(),
                images: web.image_sources.clone(),
            },
            has_explorer: config.environment == Environment::Development,
        }
    }
}
