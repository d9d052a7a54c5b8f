using System.Collections.Immutable;
using Holdfast.Agent.Logging;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core;

namespace Holdfast.Agent.Credentials;

/// <summary>
/// Obtains the store's passwords, and stays in step with coordination: passwords that coordination has forgotten are put back, so that an
/// agent that starts later does not make up others; passwords that somebody has changed are taken up.
/// </summary>
internal sealed class CredentialKeeper(
    CredentialVault vault, ICoordination coordination, PrefixMirror mirror, string key, IReadOnlyCollection<string> names, EventLog log, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Calls <paramref name="use"/> with the passwords when they are known, and again when they have changed. Runs until cancelled.
    /// </summary>
    /// <exception cref="CredentialException">At first: another token, or a value that cannot be read.</exception>
    public async Task RunAsync(Action<ImmutableDictionary<string, Secret>> use, CancellationToken stop)
    {
        ImmutableDictionary<string, Secret>? known = null;
        while (true)
        {
            var seen = RevisionIn(mirror.Current);
            try
            {
                var found = await vault.GetOrCreateAsync(coordination, key, names, known, stop);
                if (known is null || names.Any(name => !known[name].Equals(found[name])))
                {
                    known = found;
                    use(found);
                }
            }
            catch (CoordinationException exception)
            {
                log.Debug("credentials", exception.Message);
                await Task.Delay(Retry, time, stop);
                continue;
            }
            catch (CredentialException exception) when (known is not null)
            {
                log.Warning("credentials", $"the passwords in use stay: {exception.Message}");
            }

            await mirror.WaitForAsync(picture => picture.IsLoaded && RevisionIn(picture) != seen, stop);
        }
    }

    private long? RevisionIn(MirrorPicture picture) => picture.Keys.GetValueOrDefault(key)?.ModRevision;
}
