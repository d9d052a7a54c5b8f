using System.Text.Json.Serialization;

namespace Holdfast.Coordination.Etcd.Wire;

// What the gateway is sent. Bytes travel as base64, 64-bit numbers as strings.

internal sealed record RangeRequest(byte[] Key, byte[]? RangeEnd, bool? KeysOnly = null);

internal sealed record TxnRequest(Compare[] Compare, RequestOp[] Success);

internal sealed record Compare(byte[] Key, string Target, string Result, long? CreateRevision = null, long? ModRevision = null);

internal sealed record RequestOp(PutRequest? RequestPut = null, DeleteRangeRequest? RequestDeleteRange = null);

internal sealed record PutRequest(byte[] Key, byte[] Value, long Lease);

internal sealed record DeleteRangeRequest(byte[] Key);

internal sealed record LeaseGrantRequest([property: JsonPropertyName("TTL")] long Ttl);

internal sealed record LeaseRequest([property: JsonPropertyName("ID")] long Id);

internal sealed record AuthenticateRequest(string Name, string Password);

internal sealed record WatchRequest(WatchCreateRequest CreateRequest);

internal sealed record WatchCreateRequest(byte[] Key, byte[] RangeEnd, long StartRevision);
