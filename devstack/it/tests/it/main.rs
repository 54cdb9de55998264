//! The embedded servers, driven through the clients that the services use.

#[cfg(test)]
mod kafka;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod server;
