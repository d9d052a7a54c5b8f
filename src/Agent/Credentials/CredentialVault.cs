using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Holdfast.Coordination;
using Holdfast.Core;

namespace Holdfast.Agent.Credentials;

/// <summary>
/// The passwords of a store. Whoever comes first generates them and puts them into coordination by compare-and-swap, sealed with the token;
/// all others read them there. Nobody types them, and they are never in clear outside a process that needs them.
/// </summary>
public sealed class CredentialVault
{
    private const int PasswordBytes = 32;
    private readonly CredentialSeal _seal;

    /// <param name="token">The system's token, or that of <see cref="TokenFile"/>.</param>
    public CredentialVault(Secret token, string system, string store) => _seal = new CredentialSeal(token, system, store);

    /// <summary>
    /// The passwords of these names; those that are not there yet are generated and stored. The same for all that ask, in any order.
    /// </summary>
    /// <param name="known">What is stored for a name that is not there, instead of something new; null: nothing is known.</param>
    /// <exception cref="CredentialException">Another token, or a value that cannot be read.</exception>
    /// <exception cref="CoordinationException">Coordination could not be reached or refused; ask again.</exception>
    public async Task<ImmutableDictionary<string, Secret>> GetOrCreateAsync(
        ICoordination coordination, string key, IReadOnlyCollection<string> names,
        ImmutableDictionary<string, Secret>? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (found, revision) = await ReadAsync(coordination, key, cancellationToken);
            var missing = names.Where(name => !found.ContainsKey(name)).ToList();
            if (missing.Count == 0)
            {
                return names.Distinct().ToImmutableDictionary(name => name, name => new Secret(found[name]));
            }

            foreach (var name in missing)
            {
                found[name] = known?.GetValueOrDefault(name)?.Reveal() ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PasswordBytes));
            }

            // Whatever became of the write, the next reading tells: ours, or that of somebody who was faster. Only what was read is ever used.
            await TryPutAsync(coordination, key, revision, _seal.Close(found, key), cancellationToken);
        }
    }

    /// <inheritdoc
    /// cref="GetOrCreateAsync(ICoordination, string, IReadOnlyCollection{string}, ImmutableDictionary{string, Secret}?, CancellationToken)"/>
    public Task<ImmutableDictionary<string, Secret>> GetOrCreateAsync(
        ICoordination coordination, string key, IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        GetOrCreateAsync(coordination, key, names, known: null, cancellationToken);

    private async Task<(Dictionary<string, string> Found, long? Revision)> ReadAsync(
        ICoordination coordination, string key, CancellationToken cancellationToken)
    {
        var snapshot = await coordination.ReadAsync(key, cancellationToken);
        return snapshot.Keys.TryGetValue(key, out var value)
            ? (_seal.Open(value.Value.Span, key), value.ModRevision)
            : (new Dictionary<string, string>(StringComparer.Ordinal), null);
    }

    private static async Task TryPutAsync(
        ICoordination coordination, string key, long? revision, byte[] value, CancellationToken cancellationToken)
    {
        var unchanged = Condition.Same(key, revision ?? 0);
        try
        {
            await coordination.TransactAsync(new Transaction([unchanged], [new Operation.Put(key, value)]), cancellationToken);
        }
        catch (CoordinationException e) when (e.Fault == CoordinationFault.Indeterminate)
        {
            // It may have been done, or be done later. Later it fails on its condition if another write comes before it, and if not,
            // nobody has read anything else: either way all readers see one value.
        }
    }
}
