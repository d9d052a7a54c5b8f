using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Verification;
using Holdfast.Verification.Targets;

namespace Holdfast.Engines.Redis;

/// <summary>What makes the members comparable.</summary>
public sealed partial class RedisEngine
{
    /// <summary>Reads this member's server for a comparison, under the user that may only read.</summary>
    public IVerifyTarget CreateVerifyTarget() =>
        new RedisVerifyTarget(_self.Name, _layout.Socket, () => (Users.Reader, Credentials()[Users.ReaderCredential]), _time);
}
