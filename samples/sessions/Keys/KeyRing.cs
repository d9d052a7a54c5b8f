using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace Holdfast.Sessions.Keys;

/// <summary>What a key is good for at a moment.</summary>
internal enum KeyState
{
    /// <summary>Cookies are made with it.</summary>
    Active,
    /// <summary>Cookies will be made with it. It must be everywhere before.</summary>
    Coming,
    /// <summary>A newer one has taken over; cookies made with it are still read.</summary>
    Replaced,
    /// <summary>The same, and its time is over.</summary>
    Expired,
    /// <summary>Nothing made with it is taken any more.</summary>
    Revoked,
}

/// <summary>A key of the ring, without what is secret in it.</summary>
/// <param name="Digest">Tells whether two stores have the same under one id; says nothing of the secret.</param>
internal sealed record RingKey(Guid Id, DateTimeOffset Created, DateTimeOffset Activates, DateTimeOffset Expires, bool IsRevoked, string Digest);

/// <summary>The keys of one store, as their elements tell.</summary>
internal sealed record KeyRing(IReadOnlyList<RingKey> Keys)
{
    /// <summary>Reads the elements that ASP.NET Core writes: keys, and revocations of one key or of all that are older.</summary>
    /// <exception cref="FormatException">An element is not of this form.</exception>
    public static KeyRing Read(IEnumerable<XElement> elements)
    {
        var all = elements.ToArray();
        var revocations = all.Where(element => element.Name == "revocation").ToArray();
        return new KeyRing(
        [
            .. all.Where(element => element.Name == "key").Select(element =>
            {
                var id = Guid.Parse(element.Attribute("id")?.Value ?? throw new FormatException("a key has no id"));
                var created = Date(element, "creationDate");
                return new RingKey(
                    id, created, Date(element, "activationDate"), Date(element, "expirationDate"),
                    revocations.Any(its => Revokes(its, id, created)), Digested(element));
            })
            .OrderBy(key => key.Activates).ThenBy(key => key.Id),
        ]);
    }

    /// <summary>The one that cookies are made with: of those whose time has come, the last.</summary>
    public RingKey? ActiveAt(DateTimeOffset now) =>
        Keys.LastOrDefault(key => !key.IsRevoked && key.Activates <= now && key.Expires > now);

    public KeyState StateAt(RingKey key, DateTimeOffset now) =>
        key.IsRevoked ? KeyState.Revoked
        : key.Expires <= now ? KeyState.Expired
        : key.Activates > now ? KeyState.Coming
        : key == ActiveAt(now) ? KeyState.Active
        : KeyState.Replaced;

    private static bool Revokes(XElement revocation, Guid id, DateTimeOffset created) =>
        revocation.Element("key")?.Attribute("id")?.Value is { } which &&
        (which == "*" ? created < Date(revocation, "revocationDate") : Guid.TryParse(which, out var one) && one == id);

    private static DateTimeOffset Date(XElement element, string name) =>
        DateTimeOffset.Parse(
            element.Element(name)?.Value ?? throw new FormatException($"a key has no {name}"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string Digested(XElement element) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting))));
}
