using System.Text.Json.Serialization;

namespace Holdfast.Coordination.Etcd.Wire;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
[JsonSerializable(typeof(RangeRequest))]
[JsonSerializable(typeof(TxnRequest))]
[JsonSerializable(typeof(LeaseGrantRequest))]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(AuthenticateRequest))]
[JsonSerializable(typeof(WatchRequest))]
[JsonSerializable(typeof(RangeResponse))]
[JsonSerializable(typeof(TxnResponse))]
[JsonSerializable(typeof(LeaseGrantResponse))]
[JsonSerializable(typeof(LeaseRevokeResponse))]
[JsonSerializable(typeof(AuthenticateResponse))]
[JsonSerializable(typeof(KeepAliveLine))]
[JsonSerializable(typeof(WatchLine))]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(StreamError))]
internal sealed partial class EtcdJson : JsonSerializerContext;
