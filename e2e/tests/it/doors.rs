//! Each port serves what belongs to it and answers 404 to everything else.

use polyphony_e2e::{Client, Platform};
use reqwest::Method;

const OF_OPERATORS: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];
const OF_THE_ROUTER: [&str; 2] = ["/graphql", "/graphql/ws"];

async fn status(client: &Client, url: &str) -> u16 {
    client.http(Method::GET, url, Vec::new()).await.status().as_u16()
}

#[tokio::test]
async fn health_and_metrics_are_for_operators_and_graphql_for_the_router() {
    let platform = Platform::shared();
    let client = Client::anonymous(&platform);
    for part in ["accounts", "catalog", "playlists", "media"] {
        let (graphql, operations) = (platform.url(part), platform.operations(part));
        for path in OF_OPERATORS {
            assert_eq!(status(&client, &format!("{operations}{path}")).await, 200, "{part} {path}");
            assert_eq!(status(&client, &format!("{graphql}{path}")).await, 404, "{part} {path}");
        }
        for path in OF_THE_ROUTER {
            assert_eq!(status(&client, &format!("{operations}{path}")).await, 404, "{part} {path}");
        }
        assert_eq!(status(&client, &format!("{graphql}/graphql/ws")).await, 401, "{part}: before it is upgraded");
    }
    for worker in ["media-worker-1", "notifier"] {
        let operations = platform.operations(worker);
        assert_eq!(status(&client, &format!("{operations}/health/ready")).await, 200, "{worker}");
        assert_eq!(status(&client, &format!("{operations}/graphql")).await, 404, "{worker}");
    }
}

#[tokio::test]
async fn the_public_port_of_media_serves_media_alone() {
    let platform = Platform::shared();
    let client = Client::anonymous(&platform);
    let media = platform.address("media");
    for path in OF_OPERATORS.iter().chain(&OF_THE_ROUTER).chain(&["/", "/graphql/x", "/v1", "/.well-known/jwks.json"]) {
        assert_eq!(status(&client, &format!("{media}{path}")).await, 404, "{path}");
    }
}
