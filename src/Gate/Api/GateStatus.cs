using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Gate.Api;

/// <summary>The body of <c>GET /status</c>.</summary>
public sealed record GateStatus(string System, ImmutableArray<StoreGateStatus> Stores);

/// <param name="Primary">Where the read-write port's connections are; null: nowhere.</param>
/// <param name="Admits">New connections are forwarded; else they wait.</param>
/// <param name="Why">Why it does, or does not.</param>
/// <param name="Standbys">Where new connections of the read-only port go.</param>
/// <param name="Problems">What keeps this gate from seeing all that it should; one line each.</param>
public sealed record StoreGateStatus(
    string Store, string? Primary, long Epoch, bool Admits, string Rule, string Why, ImmutableArray<string> Standbys, string WhyStandbys,
    PortStatus ReadWrite, PortStatus ReadOnly, ImmutableArray<string> Problems);

/// <param name="Connections">Forwarded, or being made.</param>
/// <param name="Waiting">Held until somebody takes them.</param>
/// <param name="Gone">Hung up while they waited.</param>
public sealed record PortStatus(
    string Address, int Connections, int Waiting, long Accepted, long Forwarded, long Cut, long HoldExpired, long Gone, long Refused,
    ImmutableSortedDictionary<string, int> PerMember);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(GateStatus))]
internal sealed partial class GateJson : JsonSerializerContext;
