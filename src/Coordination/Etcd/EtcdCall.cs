using System.Text.Json.Serialization.Metadata;
using Holdfast.Coordination.Etcd.Wire;

namespace Holdfast.Coordination.Etcd;

/// <summary>A call of the gateway: its path and what is sent and answered.</summary>
internal sealed record EtcdCall<TRequest, TResponse>(string Path, JsonTypeInfo<TRequest> RequestType, JsonTypeInfo<TResponse> ResponseType);

/// <summary>The calls we use. All exist in etcd 3.4, 3.5 and 3.6.</summary>
internal static class EtcdCalls
{
    public static readonly EtcdCall<RangeRequest, RangeResponse> Range =
        new("/v3/kv/range", EtcdJson.Default.RangeRequest, EtcdJson.Default.RangeResponse);
    public static readonly EtcdCall<TxnRequest, TxnResponse> Txn =
        new("/v3/kv/txn", EtcdJson.Default.TxnRequest, EtcdJson.Default.TxnResponse);
    public static readonly EtcdCall<LeaseGrantRequest, LeaseGrantResponse> Grant =
        new("/v3/lease/grant", EtcdJson.Default.LeaseGrantRequest, EtcdJson.Default.LeaseGrantResponse);
    public static readonly EtcdCall<LeaseRequest, KeepAliveLine> KeepAlive =
        new("/v3/lease/keepalive", EtcdJson.Default.LeaseRequest, EtcdJson.Default.KeepAliveLine);
    public static readonly EtcdCall<LeaseRequest, LeaseRevokeResponse> Revoke =
        new("/v3/lease/revoke", EtcdJson.Default.LeaseRequest, EtcdJson.Default.LeaseRevokeResponse);
    public static readonly EtcdCall<AuthenticateRequest, AuthenticateResponse> Authenticate =
        new("/v3/auth/authenticate", EtcdJson.Default.AuthenticateRequest, EtcdJson.Default.AuthenticateResponse);
    public static readonly EtcdCall<WatchRequest, WatchLine> Watch =
        new("/v3/watch", EtcdJson.Default.WatchRequest, EtcdJson.Default.WatchLine);
}
