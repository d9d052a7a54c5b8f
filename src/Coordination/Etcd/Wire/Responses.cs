using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Coordination.Etcd.Wire;

// What the gateway answers. A field whose value is zero, false or empty is missing from the text.

internal sealed record Header(long Revision);

internal sealed record EtcdKeyValue(byte[]? Key, byte[]? Value, long CreateRevision, long ModRevision, long Lease);

internal sealed record RangeResponse(Header? Header, EtcdKeyValue[]? Kvs);

internal sealed record TxnResponse(Header? Header, bool Succeeded);

internal sealed record LeaseGrantResponse([property: JsonPropertyName("ID")] long Id, [property: JsonPropertyName("TTL")] long Ttl);

internal sealed record LeaseRevokeResponse(Header? Header);

internal sealed record AuthenticateResponse(string? Token);

/// <summary>One line of a stream: a result or an error, whatever the status of the whole answer.</summary>
internal interface IStreamLine
{
    StreamError? Error { get; }
}

internal sealed record KeepAliveLine(KeepAliveResponse? Result, StreamError? Error) : IStreamLine;

internal sealed record KeepAliveResponse([property: JsonPropertyName("ID")] long Id, [property: JsonPropertyName("TTL")] long Ttl);

internal sealed record WatchLine(WatchResponse? Result, StreamError? Error) : IStreamLine;

internal sealed record WatchResponse(
    Header? Header, bool Created, bool Canceled, long CompactRevision, string? CancelReason, bool Fragment, WatchEvent[]? Events);

/// <param name="Type">Missing for a put, <c>DELETE</c> for a delete.</param>
internal sealed record WatchEvent(string? Type, EtcdKeyValue? Kv);

internal sealed record StreamError(int GrpcCode, string? Message);

/// <summary>Body of an answer with an error status.</summary>
/// <param name="Error">The message once more; for a call that streams, an object with a code and a message of its own.</param>
internal sealed record ErrorResponse(int Code, string? Message, JsonElement? Error);
