using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Sessions.Store;

namespace Holdfast.Sessions.Keys;

/// <summary>The keys of a store, beside those of the other site's, and whether the other one may take over without logging anybody out.</summary>
/// <param name="Due">A key that becomes active within this time must be over there already.</param>
internal sealed record KeysCheck(string Address, KeyRing Ring, string? OtherAddress, KeyRing? Other, DateTimeOffset Now, TimeSpan Due)
{
    private const string Dates = "yyyy-MM-dd HH:mm:ss'Z'";
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    /// <summary>What would log somebody out; nothing: all is well.</summary>
    public IReadOnlyList<string> Faults { get; } = [.. Find(Address, Ring, OtherAddress, Other, Now, Due)];

    /// <summary>The verb <c>sessions keys</c>. 0: all is well; 1: not; 2: a store cannot be read.</summary>
    public static async Task<int> RunAsync(Arguments arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var patience = TimeSpan.FromSeconds(5);
        var options = arguments.Store("store", patience);
        var others = arguments.Has("--other") ? arguments.Store("other", patience, options) : null;
        var due = arguments.Duration("--due", TimeSpan.FromDays(2));
        var check = new KeysCheck(
            options.Address, await RingOfAsync(options, time, cancellationToken),
            others?.Address, others is null ? null : await RingOfAsync(others, time, cancellationToken), time.GetUtcNow(), due);
        Console.Write(arguments.Has("--json") ? check.Json() : check.Text());
        return check.Faults.Count == 0 ? 0 : 1;
    }

    public string Text()
    {
        var text = new StringBuilder();
        var width = Math.Max(Address.Length, OtherAddress?.Length ?? 0);
        text.AppendLine($"{"key",-36}  {"created",-20}  {"active from",-20}  {"until",-20}  {"state",-8}  {Address.PadRight(width)}  {OtherAddress}".TrimEnd());
        foreach (var (key, ring) in All())
        {
            text.AppendLine(
                ($"{key.Id,-36}  {Date(key.Created),-20}  {Date(key.Activates),-20}  {Date(key.Expires),-20}  {StateOf(key, ring),-8}  " +
                $"{Presence(Ring, key).PadRight(width)}  {(Other is null ? "" : Presence(Other, key))}").TrimEnd());
        }

        foreach (var fault in Faults)
        {
            text.AppendLine($"sessions: {fault}");
        }

        return text.AppendLine(Faults.Count > 0 ? "not well"
            : Other is null ? "ok: a key is active"
            : $"ok: {OtherAddress} has the active key, and those that are due").ToString();
    }

    public string Json() => new JsonObject
    {
        ["store"] = Address,
        ["other"] = OtherAddress,
        ["now"] = Date(Now),
        ["keys"] = new JsonArray([.. All().Select(one => new JsonObject
        {
            ["id"] = one.Key.Id.ToString(),
            ["created"] = Date(one.Key.Created),
            ["activeFrom"] = Date(one.Key.Activates),
            ["activeUntil"] = Date(one.Key.Expires),
            ["state"] = StateOf(one.Key, one.Ring),
            ["inStore"] = Presence(Ring, one.Key) == "yes",
            ["inOther"] = Other is null ? null : Presence(Other, one.Key) == "yes",
        })]),
        ["faults"] = new JsonArray([.. Faults.Select(fault => JsonValue.Create(fault))]),
    }.ToJsonString(Layout) + "\n";

    private static IEnumerable<string> Find(string address, KeyRing ring, string? otherAddress, KeyRing? other, DateTimeOffset now, TimeSpan due)
    {
        if (ring.ActiveAt(now) is not { } active)
        {
            yield return $"{address} has no active key";
            yield break;
        }

        if (other is null)
        {
            yield break;
        }

        foreach (var key in ring.Keys.Where(key => key == active || (!key.IsRevoked && key.Activates > now && key.Activates - now <= due)))
        {
            var what = key == active ? "the active key" : $"the key that becomes active on {Date(key.Activates)}";
            switch (other.Keys.FirstOrDefault(its => its.Id == key.Id))
            {
                case null:
                    yield return $"{otherAddress} lacks {what}, {key.Id}: whoever is signed in by it is logged out when that store takes over";
                    break;
                case { IsRevoked: true }:
                    yield return $"{otherAddress} has {what}, {key.Id}, revoked: whoever is signed in by it is logged out when that store takes over";
                    break;
                case var its when its.Digest != key.Digest:
                    yield return $"{otherAddress} has another key under the id of {what}, {key.Id}";
                    break;
            }
        }
    }

    private static async Task<KeyRing> RingOfAsync(StoreOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        using var store = new StoreClient(options, time);
        return KeyRing.Read(await new StoreKeys(store).ReadAsync(cancellationToken));
    }

    private IEnumerable<(RingKey Key, KeyRing Ring)> All() =>
        Ring.Keys.Select(key => (key, Ring))
            .Concat((Other?.Keys ?? []).Where(key => Ring.Keys.All(its => its.Id != key.Id)).Select(key => (key, Other!)))
            .OrderBy(one => one.key.Activates);

    private static string Presence(KeyRing ring, RingKey key) =>
        ring.Keys.FirstOrDefault(its => its.Id == key.Id) is not { } its ? "NO"
        : its.Digest == key.Digest && its.IsRevoked == key.IsRevoked ? "yes" : "DIFFERS";

    private string StateOf(RingKey key, KeyRing ring) => ring.StateAt(key, Now).ToString().ToLowerInvariant();

    private static string Date(DateTimeOffset date) => date.UtcDateTime.ToString(Dates, CultureInfo.InvariantCulture);
}
