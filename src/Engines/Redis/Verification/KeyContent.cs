using System.Globalization;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>What a key was when it was read.</summary>
/// <param name="Value">A hash of the value, as text.</param>
/// <param name="Expires">Milliseconds since 1970; null: never.</param>
internal sealed record KeyContent(string Type, string Value, long? Expires)
{
    /// <summary>Of all but the expiry, and of the key's name, so that keys cannot trade values.</summary>
    public long HashOf(long seed, string key) => ContentHash.Short(seed, key, Type, Value);

    /// <summary>Of all.</summary>
    public long WholeHashOf(long seed, string key) => ContentHash.Short(seed, key, Type, Value, ExpiryText);

    public string ExpiryText => Expires?.ToString(CultureInfo.InvariantCulture) ?? "never";
}
