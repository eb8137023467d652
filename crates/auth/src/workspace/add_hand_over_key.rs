//! Adding a key by which the company's own site hands people over (B18). A shared secret is drawn here and shown once.

use doorward_domain::audit::AuditAction;
use doorward_domain::hand_over::{
    HandOverAlgorithm, HandOverKey, HandOverMaterial, KeyProblem, SharedSecret, default_highest_role,
    highest_role_problem,
};
use doorward_domain::ids::HandOverKeyId;
use doorward_domain::ports::{HandOverKeyAdded, PortError};
use doorward_domain::role::{Audience, Rights, Role};
use doorward_domain::workspace::Workspace;
use thiserror::Error;

use crate::context::{Acting, Context};

/// A key that is wanted.
#[derive(Debug, Clone)]
pub struct NewHandOverKey {
    /// Whom it hands over.
    pub audience: Audience,
    /// Its algorithm; without one HS256, or the one that the public key is for.
    pub algorithm: Option<HandOverAlgorithm>,
    /// The site's public key in PEM or as a JSON Web Key, for RS256 and ES256.
    pub public_key: Option<String>,
    /// The most that it can make of somebody; without one the least of its audience.
    pub highest_role: Option<Role>,
}

/// A key that was added.
#[derive(Debug, Clone)]
pub struct AddedHandOverKey {
    /// The key.
    pub key: HandOverKey,
    /// Its secret, where it is one that is shared: told here and never again.
    pub secret: Option<SharedSecret>,
}

/// Why no key was added.
#[derive(Debug, Error)]
pub enum AddHandOverKeyError {
    /// The key will not do.
    #[error(transparent)]
    Problem(#[from] KeyProblem),
    /// It would let its holder come in as somebody with more rights than whoever adds it (R97).
    #[error("the highest role permits more than whoever adds the key may do")]
    BeyondOwn,
    /// A port failed.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Adds a key.
pub(crate) async fn run(
    context: &Context,
    acting: &Acting,
    workspace: &Workspace,
    request: NewHandOverKey,
) -> Result<AddedHandOverKey, AddHandOverKeyError> {
    let now = context.now();
    let audience = request.audience;
    let highest_role = request.highest_role.unwrap_or(default_highest_role(audience));
    if let Some(problem) = highest_role_problem(audience, highest_role) {
        return Err(problem.into());
    }
    // Whoever holds the key comes in as anybody up to that role.
    if !acting.rights.reach(Rights::of(highest_role)) {
        return Err(AddHandOverKeyError::BeyondOwn);
    }
    let (algorithm, material, secret) = material(context, &request)?;
    let key = HandOverKey {
        id: HandOverKeyId::random(context.entropy()),
        workspace: workspace.id,
        audience,
        algorithm,
        material,
        highest_role,
        created_at: now,
        revoked_at: None,
    };
    let audit = context.audit_of(workspace.id, acting, None, AuditAction::HandOverKeyAdded, now);
    match context.ports.hand_over_keys.add(key.clone(), audit).await? {
        HandOverKeyAdded::Added => Ok(AddedHandOverKey { key, secret }),
        HandOverKeyAdded::TooMany => Err(KeyProblem::TooMany.into()),
    }
}

type Material = (HandOverAlgorithm, HandOverMaterial, Option<SharedSecret>);

fn material(context: &Context, request: &NewHandOverKey) -> Result<Material, KeyProblem> {
    if let Some(text) = &request.public_key {
        let public = context.ports.hand_over.read_public_key(text)?;
        let fits = public.algorithm();
        return match request.algorithm {
            Some(algorithm) if algorithm != fits => Err(KeyProblem::OtherAlgorithm { algorithm, fits }),
            _ => Ok((fits, HandOverMaterial::Public(public), None)),
        };
    }
    let algorithm = request.algorithm.unwrap_or(HandOverAlgorithm::Hs256);
    let secret = SharedSecret::generate(algorithm, context.entropy());
    let secret = secret.ok_or(KeyProblem::PublicKeyMissing { algorithm })?;
    Ok((algorithm, HandOverMaterial::Secret(secret.clone()), Some(secret)))
}
