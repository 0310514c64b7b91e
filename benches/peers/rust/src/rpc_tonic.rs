//! tonic with messages that are plain bytes: no Protobuf, so that only the transport is compared.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::Result;
use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use polydubbo_meter::{Caller, Point, closed};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};
use tower_service::Service;

use crate::{RunArgs, payload};

const METHOD: &str = "/bench.Echo/Echo";

#[derive(Debug, Clone, Copy, Default)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

#[derive(Debug, Clone)]
struct Echo;

impl NamedService for Echo {
    const NAME: &'static str = "bench.Echo";
}

impl Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move { Ok(tonic::server::Grpc::new(BytesCodec).unary(Handler, request).await) })
    }
}

struct Handler;

impl UnaryService<Bytes> for Handler {
    type Response = Bytes;
    type Future = Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}

pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("READY port={}", listener.local_addr()?.port());
    // The builder's own option is for listeners that it opens itself.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder().serve_with_incoming(Echo, incoming).await?;
    Ok(())
}

pub async fn run(args: &RunArgs) -> Result<Point> {
    let endpoint = Endpoint::from_shared(format!("http://{}", args.target))?.tcp_nodelay(true);
    let channel = endpoint.connect().await?;
    let bytes = Bytes::from(payload(args.payload));
    let callers =
        (0..args.in_flight).map(|_| TonicCaller { grpc: Grpc::new(channel.clone()), bytes: bytes.clone() });
    Ok(closed(args.schedule.clone(), callers.collect()).await)
}

struct TonicCaller {
    grpc: Grpc<Channel>,
    bytes: Bytes,
}

impl Caller for TonicCaller {
    async fn call(&mut self) -> bool {
        if self.grpc.ready().await.is_err() {
            return false;
        }
        let path = PathAndQuery::from_static(METHOD);
        let answer = self.grpc.unary(Request::new(self.bytes.clone()), path, BytesCodec).await;
        answer.is_ok_and(|answer| answer.into_inner().len() == self.bytes.len())
    }
}
