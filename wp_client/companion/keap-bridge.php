<?php
/**
 * Plugin Name:       Keap bridge companion
 * Description:       Lets the Keap → WordPress bridge create and update users in one request, with an account that can do nothing else.
 * Version:           0.1.0
 * Requires at least: 5.7
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 *
 * One file, to be put into wp-content/mu-plugins/ or to be installed as a plugin.
 *
 * What it adds to a site: the route /wp-json/keap-bridge/v1/users, the role "Keap bridge" and the
 * capability keap_bridge_sync_users. What it never does: make or change an administrator, log
 * anything, send a mail that was not asked for. PROTOCOL.md beside this file in the bridge's source
 * says what goes in and out; the numbered rules that the comments name are that file's.
 *
 * For wp-config.php:
 *     define( 'KEAP_BRIDGE_ROLES', 'subscriber, gold' );   The only roles that the bridge may give.
 *
 * Filter:
 *     keap_bridge_meta_keys   array of user meta key => 'string' or 'array', shown in core's REST API too.
 *
 * Order of the file: Plugin (hooks), Route (the door), Delivery (carries one document out), and what
 * a delivery leans on: Finder, Roles, Profile (core's user fields), Meta, Notification, Told (passwords),
 * Locks, Refusal.
 */

namespace KeapBridge;

if ( ! defined( 'ABSPATH' ) || defined( __NAMESPACE__ . '\VERSION' ) ) {
	return; // Called directly, or installed twice: the must-use copy is loaded first and wins.
}

const VERSION    = '0.1.0';
const PROTOCOL   = 1;
const ROLE       = 'keap_bridge';
const CAPABILITY = 'keap_bridge_sync_users';

/** Rows of our own in user meta. The underscore keeps them from core's REST API and from rule 7. */
const CREATED_BY   = '_keap_bridge_created_by';
const PASSWORD_SET = '_keap_bridge_password';
const NOTIFIED     = '_keap_bridge_notification';
const TOLD         = '_keap_bridge_told_password';
const ATTEMPT      = '_keap_bridge_attempt';

/**
 * What hangs on WordPress's own hooks.
 */
final class Plugin {

	public static function boot(): void {
		add_action( 'init', array( self::class, 'ensure_role' ) );
		add_action( 'init', array( self::class, 'register_meta' ) );
		add_action( 'rest_api_init', array( Route::class, 'register' ) );
		add_filter( 'map_meta_cap', array( self::class, 'lock_profile' ), 10, 4 );
		register_activation_hook( __FILE__, array( self::class, 'activate' ) );
	}

	/**
	 * A must-use plugin is never activated, so the role is looked at on every request. WordPress has
	 * loaded its roles by then: the comparison costs no query, and repairs a role that was changed.
	 */
	public static function ensure_role(): void {
		$wanted = array( 'read' => true, CAPABILITY => true );
		$role   = get_role( ROLE );
		// While WordPress is being installed there is no table to write to. == for the order is of no matter.
		if ( wp_installing() || ( $role && $role->capabilities == $wanted ) ) {
			return;
		}
		remove_role( ROLE );
		add_role( ROLE, 'Keap bridge', $wanted );
	}

	/**
	 * Core lets everybody change their own profile. Somebody who has stolen the bridge's application
	 * password would so make a second one, or set the account's login password, and keep the door.
	 * People who sign in to WordPress itself are not concerned, be they the account or its owner.
	 *
	 * @param string[] $caps
	 * @param int      $user_id
	 * @param array    $args
	 * @return string[]
	 */
	public static function lock_profile( $caps, $cap, $user_id, $args ) {
		$own = array( 'edit_user', 'create_app_password', 'list_app_passwords', 'read_app_password', 'edit_app_password',
			'delete_app_password', 'delete_app_passwords' );
		if (
			in_array( $cap, $own, true ) && did_action( 'application_password_did_authenticate' )
			&& (int) ( $args[0] ?? 0 ) === (int) $user_id && user_can( $user_id, CAPABILITY )
		) {
			return array( 'do_not_allow' );
		}
		return $caps;
	}

	/**
	 * Core's REST API shows these keys to those who may edit users, and to nobody else: without the
	 * context, registered meta of everybody who has published a post is public.
	 */
	public static function register_meta(): void {
		$keys = apply_filters(
			'keap_bridge_meta_keys',
			array( 'infusionsoft_contact_id' => 'string', 'infusionsoft_tags' => 'array' )
		);
		foreach ( (array) $keys as $key => $type ) {
			$schema = array( 'context' => array( 'edit' ) );
			if ( 'array' === $type ) {
				$schema['items'] = array( 'type' => 'string' );
			}
			register_meta(
				'user',
				$key,
				array(
					'type'          => 'array' === $type ? 'array' : 'string',
					'single'        => true,
					'show_in_rest'  => array( 'schema' => $schema ),
					'auth_callback' => static function () {
						return current_user_can( 'edit_users' );
					},
				)
			);
		}
	}

	public static function activate(): void {
		self::ensure_role();
		register_uninstall_hook( __FILE__, array( self::class, 'uninstall' ) );
	}

	/** Users, their tags and their links stay: they are the site's. Only our own marks go. */
	public static function uninstall(): void {
		remove_role( ROLE );
		foreach ( array( CREATED_BY, PASSWORD_SET, NOTIFIED, ATTEMPT, TOLD ) as $key ) {
			delete_metadata( 'user', 0, $key, '', true );
		}
	}
}

/**
 * The door: what is let in, by whom, and the shape of the answers.
 */
final class Route {

	const LARGEST_BODY = 1048576;

	/** They would push what we write back to Keap, or read the same contacts. */
	const WRITERS = array( 'wp-fusion/wp-fusion.php', 'wp-fusion-lite/wp-fusion-lite.php' );

	const LINKS_AT_ONCE = 1000;

	/** Seconds after which no further document is begun: web servers give up after 30 to 60. */
	const TIME_TO_WORK = 20.0;

	public static function register(): void {
		register_rest_route(
			'keap-bridge/v1',
			'/users',
			array(
				array(
					'methods'             => 'GET',
					'callback'            => array( self::class, 'tell' ),
					'permission_callback' => array( self::class, 'may_enter' ),
					'args'                => array(
						'linked_by' => array( 'type' => 'string', 'pattern' => '^[^_].{0,254}$' ),
						'after'     => array( 'type' => 'integer', 'minimum' => 0, 'default' => 0 ),
					),
				),
				array(
					'methods'             => 'POST',
					'callback'            => array( self::class, 'carry_out' ),
					'permission_callback' => array( self::class, 'may_enter' ),
					'args'                => self::args(),
				),
			)
		);
	}

	/** @return true|\WP_Error */
	public static function may_enter() {
		if ( ! is_user_logged_in() ) {
			return new \WP_Error( 'rest_not_logged_in', 'Sign in with the application password of an account that has the role "Keap bridge".', array( 'status' => 401 ) );
		}
		if ( ! current_user_can( CAPABILITY ) ) {
			return new \WP_Error( 'keap_bridge_forbidden', 'This account may not synchronise users. Give it the role "Keap bridge" (Users, edit the account, Role).', array( 'status' => 403 ) );
		}
		return true;
	}

	/** GET: what the site offers, or which contacts its users are linked to. */
	public static function tell( \WP_REST_Request $request ): array {
		return isset( $request['linked_by'] )
			? self::links( $request['linked_by'], (int) $request['after'] )
			: self::offer();
	}

	/** Numbers only: under a key that holds something else there is nothing to tell. */
	private static function links( string $meta_key, int $after ): array {
		global $wpdb;
		$rows = $wpdb->get_results(
			$wpdb->prepare(
				"SELECT user_id, meta_value FROM $wpdb->usermeta WHERE meta_key = %s AND user_id > %d ORDER BY user_id LIMIT %d",
				$meta_key,
				$after,
				self::LINKS_AT_ONCE
			)
		);
		$all  = array_map( 'strval', array_column( $rows, 'meta_value' ) );
		return array(
			'companion' => VERSION,
			'protocol'  => PROTOCOL,
			'contacts'  => array_values( preg_grep( '/^[0-9]{1,20}$/D', $all ) ),
			'following' => count( $rows ) < self::LINKS_AT_ONCE ? null : (int) end( $rows )->user_id,
		);
	}

	/** GET: what the site offers. */
	private static function offer(): array {
		global $wp_version;
		$roles = array();
		foreach ( wp_roles()->roles as $slug => $role ) {
			$roles[] = array(
				'slug'         => (string) $slug,
				'name'         => translate_user_role( $role['name'] ),
				'may_be_given' => Roles::may_be_given( (string) $slug ),
			);
		}
		return array(
			'companion'    => VERSION,
			'protocol'     => PROTOCOL,
			'beside'       => self::other_writers(),
			'wordpress'    => $wp_version,
			'php'          => PHP_VERSION,
			'multisite'    => is_multisite(),
			'site'         => home_url(),
			'locks'        => Locks::work(),
			'roles'        => $roles,
			'default_role' => (string) get_option( 'default_role' ),
			'account'      => array(
				'id'         => get_current_user_id(),
				'privileged' => Roles::is_privileged( wp_get_current_user(), array( CAPABILITY ) ),
			),
		);
	}

	/**
	 * Active plugins that write users to or from Keap too.
	 *
	 * @return string[] As WordPress names plugins: folder/file.php.
	 */
	private static function other_writers(): array {
		$active = array_merge( (array) get_option( 'active_plugins', array() ), array_keys( is_multisite() ? (array) get_site_option( 'active_sitewide_plugins', array() ) : array() ) );
		return array_values( array_intersect( self::WRITERS, $active ) );
	}

	/**
	 * POST: carries documents out, one after the other. What one of them throws stays with it.
	 *
	 * @return array|\WP_Error
	 */
	public static function carry_out( \WP_REST_Request $request ) {
		if ( strlen( $request->get_body() ) > self::LARGEST_BODY ) {
			return new \WP_Error( 'keap_bridge_too_large', 'Send at most 1 MiB, in fewer documents.', array( 'status' => 413 ) );
		}
		if ( isset( $request['documents'] ) === isset( $request['check'] ) ) {
			return new \WP_Error( 'rest_invalid_param', 'Send either documents or check.', array( 'status' => 400 ) );
		}
		$answer = array( 'companion' => VERSION, 'protocol' => PROTOCOL );
		$level  = ob_get_level();
		ob_start(); // A notice that some plugin prints while we work would stand before our JSON.
		try {
			return $answer + ( isset( $request['check'] )
				? array( 'meta' => (object) Meta::round_trip( $request['check']['meta'] ) )
				: array( 'results' => self::results( $request['documents'], (bool) $request['dry_run'] ) ) );
		} finally {
			while ( ob_get_level() > $level ) {
				ob_end_clean();
			}
		}
	}

	private static function results( array $documents, bool $dry_run ): array {
		$limit   = (float) ini_get( 'max_execution_time' );
		$ends    = microtime( true ) + ( $limit > 0 ? min( self::TIME_TO_WORK, $limit / 2 ) : self::TIME_TO_WORK );
		$linked  = count( $documents ) > 1 ? Finder::probably_linked( $documents ) : array();
		$results = array();
		foreach ( $documents as $document ) {
			$late      = $results && microtime( true ) > $ends;
			$results[] = $late
				? self::failure( $document, new Refusal( 'busy', 'The request took too long to begin this document. Send it again.', true ) )
				: self::result( $document, $dry_run, $linked[ $document['contact'] ] ?? 0 );
		}
		return $results;
	}

	private static function result( array $document, bool $dry_run, int $probably ): array {
		$locks = new Locks();
		try {
			if ( ! $dry_run ) {
				$locks->take( Delivery::locks_for( $document ) );
			}
			return ( new Delivery( $document, $locks, $dry_run, $probably ) )->carry_out();
		} catch ( Refusal $refusal ) {
			return self::failure( $document, $refusal );
		} catch ( \Throwable $error ) {
			// Only where it happened: its own message may hold somebody's data.
			$where = sprintf( '%s in %s, line %d', get_class( $error ), basename( $error->getFile() ), $error->getLine() );
			return self::failure( $document, new Refusal( 'failed', "WordPress or one of its plugins broke off: $where.", true ) );
		} finally {
			$locks->release();
		}
	}

	private static function failure( array $document, Refusal $refusal ): array {
		return array(
			'delivery' => $document['delivery'],
			'error'    => array(
				'code'    => $refusal->reason,
				'message' => $refusal->getMessage(),
				'retry'   => $refusal->retry,
				'data'    => (object) $refusal->data,
			),
		);
	}

	/**
	 * The JSON schema that WordPress holds a request against before anything of ours runs.
	 * In a list of types 'string' comes before 'array': WordPress takes "a,b" for a list otherwise.
	 */
	private static function args(): array {
		$text     = array( 'type' => 'string' );
		$texts    = array( 'type' => 'array', 'items' => $text );
		$word     = static function ( string ...$words ): array {
			return array( 'type' => 'string', 'enum' => $words );
		};
		$new_user = array(
			'type'       => array( 'object', 'null' ),
			'properties' => array(
				'logins'       => $texts + array( 'required' => true ),
				'password'     => array( 'type' => 'string', 'minLength' => 1, 'required' => true ),
				'nicename'     => $text + array( 'required' => true ),
				'nickname'     => $text + array( 'required' => true ),
				'display_name' => $text + array( 'required' => true ),
			),
		);
		$document = array(
			'type'       => 'object',
			'properties' => array(
				'delivery'                       => array(
					'type'     => 'string',
					'pattern'  => '^[A-Za-z0-9_.-]{1,64}$',
					'required' => true,
				),
				'contact'                        => array(
					'type'     => 'string',
					'pattern'  => '^[0-9]{1,20}$',
					'required' => true,
				),
				'attempt'                        => array( 'type' => array( 'integer', 'null' ) ),
				'email'                          => array( 'type' => array( 'string', 'null' ) ),
				'user_id'                        => array( 'type' => array( 'integer', 'null' ) ),
				'when_linked_to_another_contact' => $word( 'refuse', 'relink' ),
				'formerly'                       => array(
					'type'    => array( 'string', 'null' ),
					'pattern' => '^[0-9]{1,20}$',
				),
				'contact_id_meta'                => $text,
				'new_user'                       => $new_user,
				'fresh_password'                 => array( 'type' => 'boolean' ),
				'password'                       => array( 'type' => array( 'string', 'null' ) ),
				'fields'                         => array( 'type' => 'object', 'additionalProperties' => $text ),
				'meta'                           => array(
					'type'                 => 'object',
					'additionalProperties' => array( 'type' => array( 'string', 'array', 'null' ), 'items' => $text ),
				),
				'conditions'                     => array(
					'type'       => 'object',
					'properties' => array(
						'only_on_create' => $texts,
						'only_on_update' => $texts,
						'only_if_empty'  => $texts,
					),
				),
				'roles'                          => array(
					'type'       => 'object',
					'properties' => array(
						'give'       => $texts,
						'among'      => $texts,
						'mode'       => $word( 'replace', 'add', 'keep' ),
						'add'        => $texts,
						'take'       => $texts,
						'may_remove' => array( 'type' => 'boolean' ),
					),
				),
				'notification'                   => $word( 'none', 'link', 'password', 'later' ),
			),
		);
		return array(
			'dry_run'   => array( 'type' => 'boolean' ),
			'documents' => array( 'type' => 'array', 'items' => $document, 'minItems' => 1, 'maxItems' => 25 ),
			'check'     => array(
				'type'       => 'object',
				'properties' => array( 'meta' => $texts + array( 'maxItems' => 100, 'required' => true ) ),
			),
		);
	}
}

/**
 * One document, carried out: the user found or made, and made to agree with it.
 *
 * Every step compares first and writes only what differs, so carrying a document out twice changes
 * nothing the second time. In a dry run the same steps run and write nothing.
 */
final class Delivery {

	/** The document, complete with defaults. */
	private array $document;
	private Locks $locks;
	private bool $dry_run;
	/** The user who was linked to the contact before the locks were taken; 0: nobody, or not asked. */
	private int $probably;
	/** Null before creation, and for good in a dry run that would create. */
	private ?\WP_User $user = null;
	/** Made in this very request. */
	private bool $created = false;
	/** Made by this delivery, now or in an attempt before. */
	private bool $own = false;
	private bool $privileged = false;
	/** Whether the document's password is the user's as of this request. */
	private bool $password_set = false;
	private array $changes = array();
	private array $caveats = array();

	public function __construct( array $document, Locks $locks, bool $dry_run, int $probably = 0 ) {
		$this->document = $document + array(
			'attempt'                        => null,
			'email'                          => null,
			'user_id'                        => null,
			'when_linked_to_another_contact' => 'refuse',
			'formerly'                       => null,
			'contact_id_meta'                => 'infusionsoft_contact_id',
			'new_user'                       => null,
			'fresh_password'                 => false,
			'password'                       => null,
			'fields'                         => array(),
			'meta'                           => array(),
			'conditions'                     => array(),
			'roles'                          => array(),
			'notification'                   => 'none',
		);
		if ( '' === $this->document['password'] ) {
			$this->document['password'] = null;
		}
		$this->document['conditions'] += array( 'only_on_create' => array(), 'only_on_update' => array(), 'only_if_empty' => array() );
		$this->document['roles'] += array( 'give' => array(), 'among' => array(), 'mode' => 'replace', 'add' => array(), 'take' => array(), 'may_remove' => true );
		$this->locks              = $locks;
		$this->dry_run            = $dry_run;
		$this->probably           = $probably;
	}

	/**
	 * Rule 1: who works on the same contact or the same address waits.
	 *
	 * @return string[]
	 */
	public static function locks_for( array $document ): array {
		$names = array( 'contact:' . $document['contact'] );
		if ( isset( $document['formerly'] ) ) {
			$names[] = 'contact:' . $document['formerly'];
		}
		foreach ( array( $document['email'] ?? '', $document['fields']['user_email'] ?? '' ) as $address ) {
			if ( '' !== $address ) {
				$names[] = 'email:' . strtolower( $address );
			}
		}
		return $names;
	}

	public function carry_out(): array {
		if ( Meta::is_refused( $this->document['contact_id_meta'] ) ) {
			throw new Refusal( 'bad_contact_id_meta', 'This user meta key cannot hold the contact id. Choose another one in tags.contact_id_meta.' );
		}
		$finder     = new Finder( $this->document, $this->probably );
		$this->user = $finder->find();
		if ( $finder->others ) {
			$this->caveat( 'several_users', implode( ', ', $finder->others ) );
		}
		if ( $this->user ) {
			$this->recognise();
			$this->refuse_removal();
			$this->renew_password();
			$this->follow_password();
			$this->update_fields();
			$this->update_roles();
		} elseif ( $this->document['new_user'] ) {
			$this->create();
		} else {
			return $this->result( 'missing', 'not_asked' );
		}
		$this->update_nicename();
		$tags = $this->tags();
		$this->update_meta();
		$this->announce_tags( $tags );
		$notification = $this->notify();
		$state        = $this->changes || $this->password_set ? 'updated' : 'unchanged';
		$state        = $this->created ? 'created' : $state;
		if ( ! $this->dry_run ) {
			/** For code of the site's own: everything about this user is done. */
			do_action( 'keap_bridge_user_synced', $this->user->ID, $state, $this->document['contact'] );
		}
		return $this->result( $state, $notification );
	}

	private function result( string $state, string $notification ): array {
		$user = $this->user ? get_userdata( $this->user->ID ) : null; // Hooks of plugins may have changed it.
		return array(
			'delivery'            => $this->document['delivery'],
			'state'               => $state,
			'user_id'             => $user ? $user->ID : null,
			'login'               => $user ? $user->user_login : null,
			'email'               => $user ? $user->user_email : null,
			'registered'          => $user ? substr( $user->user_registered, 0, 10 ) : '',
			'created_by_delivery' => $this->own,
			'password'            => $this->password_set ? 'set' : 'kept',
			'notification'        => $notification,
			'roles'               => $user ? array_values( $user->roles ) : array(),
			'changes'             => $this->changes,
			'caveats'             => $this->caveats,
		);
	}

	private function recognise(): void {
		if ( get_current_user_id() === $this->user->ID ) {
			throw new Refusal( 'own_account', 'The contact leads to the account that the bridge itself signs in with. Give that account an address of its own.' );
		}
		$this->privileged = Roles::is_privileged( $this->user );
		$this->own        = Finder::is_made_by( $this->user, $this->document['delivery'] );
		if ( $this->own && $this->is_superseded() ) {
			throw new Refusal( 'superseded', 'A later attempt of this delivery has been here already. This request was on its way for too long.', true );
		}
	}

	/** Rule 4: a request may stand in the web server's queue until the next attempt has set, and told, another password. */
	private function is_superseded(): bool {
		list( $number, $of ) = explode( ':', get_user_meta( $this->user->ID, ATTEMPT, true ) . ':' );
		return $of === $this->document['delivery'] && null !== $this->document['attempt'] && (int) $number > $this->document['attempt'];
	}

	/** The row that says whose password it is; none where the bridge does not count its attempts. */
	private function attempt_row(): array {
		return null === $this->document['attempt'] || ! $this->document['fresh_password'] ? array()
			: array( ATTEMPT => $this->document['attempt'] . ':' . $this->document['delivery'] );
	}

	/** WordPress asks in the profile for another password than the one that was made, as after its own registration. */
	private function nag_row(): array {
		return null === $this->document['password'] ? array( 'default_password_nag' => true ) : array();
	}

	/** Rule 3. */
	private function create(): void {
		$new     = $this->document['new_user'];
		$address = (string) $this->document['email'];
		if ( '' === $address ) {
			throw new Refusal( 'no_email', 'A user cannot be created without an e-mail address.' );
		}
		if ( ! Profile::is_address( $address ) ) {
			throw new Refusal( 'bad_email', 'WordPress does not accept the e-mail address.' );
		}
		$fields = $this->fields_at_creation() + array(
			'nickname'     => $new['nickname'],
			'display_name' => $new['display_name'],
		);
		unset( $fields['user_email'], $fields['user_nicename'] );
		$roles = $this->planned_roles( array(), true );
		$login = $this->free_login( $new['logins'] );

		$this->created      = true;
		$this->own          = true;
		$this->password_set = true;
		if ( ! $this->dry_run ) {
			$this->insert( $login, $fields, $roles );
		}
		foreach ( array( 'user_login' => $login, 'user_email' => $address ) + $fields as $name => $value ) {
			$this->change( $name, null, Profile::stored( $name, $value ) ?: null );
		}
		$this->password_changed();
		$this->change( 'roles', null, implode( ', ', $roles ) ?: null );
		$this->change( 'meta:' . $this->document['contact_id_meta'], null, $this->document['contact'] );
	}

	/**
	 * The nicename's mark stands in the user's own row, and our meta rows are in place before any
	 * plugin hears of the user: whatever breaks off afterwards, the next attempt knows its work.
	 */
	private function insert( string $login, array $fields, array $roles ): void {
		$rows = function ( array $meta, \WP_User $user, bool $update ) use ( $login ): array {
			return $update || $user->user_login !== $login ? $meta : array(
				CREATED_BY                         => $this->document['delivery'],
				PASSWORD_SET                       => self::fingerprint( $user ),
				$this->document['contact_id_meta'] => $this->document['contact'],
			) + $this->attempt_row() + $this->nag_row() + $meta;
		};
		add_filter( 'insert_user_meta', $rows, 10, 3 );
		try {
			$id = wp_insert_user(
				wp_slash(
					array(
						'user_login'    => $login,
						'user_pass'     => $this->password(),
						'user_email'    => $this->document['email'],
						'user_nicename' => Finder::nicename( $this->document ),
						'role'          => $roles[0] ?? '',
					) + $fields
				)
			);
		} finally {
			remove_filter( 'insert_user_meta', $rows, 10 );
		}
		if ( is_wp_error( $id ) ) {
			throw Refusal::from( $id );
		}
		if ( ! $id ) {
			throw new \RuntimeException( 'The database did not take the row.' ); // wp_insert_user() overlooks this.
		}
		$this->user = get_userdata( $id );
		Told::remember( $this->user, $this->password(), null !== $this->document['password'] );
		if ( is_multisite() ) {
			$this->join( $this->user->roles[0] ?? '' ); // Of the site they are already; now it is their home too.
		}
		foreach ( array_slice( $roles, 1 ) as $role ) {
			$this->user->add_role( $role );
		}
	}

	/** What a new user gets: the password that somebody has set elsewhere, or else the one that was made. */
	private function password(): string {
		return $this->document['password'] ?? $this->document['new_user']['password'] ?? '';
	}

	/**
	 * The lock on the login stays until the end: two contacts of one name would get twin logins,
	 * since WordPress's table has no unique key on it.
	 */
	private function free_login( array $logins ): string {
		$logins = is_multisite() ? array_map( 'strtolower', $logins ) : $logins; // A network knows no capitals.
		$legal  = array_values( array_filter( $logins, array( Profile::class, 'is_login' ) ) );
		if ( ! $legal ) {
			throw new Refusal( 'no_login', 'WordPress accepts none of the user names.' );
		}
		foreach ( $legal as $login ) {
			if ( $this->claim_login( $login ) ) {
				return $login;
			}
		}
		for ( $number = 2; $number < 1000; $number++ ) {
			$login = substr( end( $legal ), 0, 60 - strlen( "-$number" ) ) . "-$number";
			if ( $this->claim_login( $login ) ) {
				return $login;
			}
		}
		throw new Refusal( 'no_login', 'All variants of the user name are taken.' );
	}

	private function claim_login( string $login ): bool {
		$lock = array( 'login:' . strtolower( $login ) );
		if ( ! $this->dry_run ) {
			$this->locks->take( $lock );
		}
		if ( ! username_exists( $login ) ) {
			return true;
		}
		$this->locks->release( $lock ); // Never two of these at once: they are not taken in order.
		return false;
	}

	/**
	 * Rule 4. Never once a notification was begun (its link would stop working), nor after somebody
	 * else has set a password: a delivery that is sent again must not lock its user out.
	 */
	private function renew_password(): void {
		$known = get_user_meta( $this->user->ID, PASSWORD_SET, true );
		if ( ! $this->own || ! $this->document['fresh_password'] || ! $this->document['new_user'] || $this->privileged
			|| Notification::state( $this->user, $this->document['delivery'] )
			|| ( '' !== $known && self::fingerprint( $this->user ) !== $known ) ) {
			return;
		}
		$this->password_set = true;
		if ( $this->dry_run ) {
			return;
		}
		foreach ( $this->attempt_row() as $key => $value ) {
			update_user_meta( $this->user->ID, $key, $value );
		}
		delete_user_meta( $this->user->ID, PASSWORD_SET ); // Cut short here, the next attempt may go on.
		wp_set_password( wp_slash( $this->document['new_user']['password'] ), $this->user->ID );
		$this->user = get_userdata( $this->user->ID );
		update_user_meta( $this->user->ID, PASSWORD_SET, self::fingerprint( $this->user ) );
		Told::remember( $this->user, $this->document['new_user']['password'], false );
	}

	/**
	 * Rule 4, the document's own password: set when it is another one than last time. A user who has
	 * chosen one in WordPress since keeps that until it changes again where it comes from.
	 */
	private function follow_password(): void {
		$password = $this->document['password'];
		if ( null === $password ) {
			return;
		}
		if ( $this->privileged ) {
			$this->caveat( 'privileged_user', 'user_pass' ); // Not even compared: nobody may try passwords this way.
			return;
		}
		if ( Told::knows( $this->user, $password ) ) {
			return;
		}
		// Without the user's id: WordPress would write a hash of an older kind afresh, in a dry run too.
		if ( ! wp_check_password( wp_slash( $password ), $this->user->user_pass ) ) {
			$this->password_set = true;
			$this->password_changed();
			if ( ! $this->dry_run ) {
				wp_set_password( wp_slash( $password ), $this->user->ID ); // Mails nobody; WordPress ends the user's sessions.
				$this->user = get_userdata( $this->user->ID );
			}
		}
		if ( ! $this->dry_run ) {
			Told::remember( $this->user, $password );
		}
	}

	/** Names the password among the changes, and never shows it. */
	private function password_changed(): void {
		if ( null !== $this->document['password'] ) {
			$this->changes[] = array( 'name' => 'user_pass', 'before' => null, 'after' => null );
		}
	}

	/** Tells whether a password is still the one that we set; worthless to anybody else. */
	private static function fingerprint( \WP_User $user ): string {
		return substr( hash( 'sha256', $user->user_pass ), 0, 16 );
	}

	/**
	 * Rule 10. The lists are of fields and meta keys alike: no key of theirs is the same.
	 *
	 * @param bool $has Whether WordPress has something there already.
	 */
	private function is_due( string $name, bool $has ): bool {
		$listed = function ( string $condition ) use ( $name ): bool {
			return in_array( $name, $this->document['conditions'][ $condition ], true );
		};
		if ( $listed( 'only_on_update' ) && $this->own ) {
			return false;
		}
		if ( $listed( 'only_on_create' ) && ! $this->created && ( ! $this->own || $has ) ) {
			return false;
		}
		return ! $has || $this->created || ! $listed( 'only_if_empty' );
	}

	/** Rule 6. */
	private function update_fields(): void {
		$update = array();
		foreach ( array_diff_key( $this->legal_fields(), array( 'user_nicename' => '' ) ) as $name => $value ) {
			$before = (string) $this->user->$name;
			if ( ! $this->is_due( $name, '' !== $before ) ) {
				continue;
			}
			$after  = Profile::stored( $name, $value );
			// WordPress would mail about an address that differs in case alone.
			$same = 'user_email' === $name ? 0 === strcasecmp( $before, $after ) : $before === $after;
			if ( $same ) {
				continue;
			}
			if ( 'user_email' === $name && $this->privileged ) {
				$this->caveat( 'privileged_user', 'user_email' );
				continue;
			}
			if ( 'user_email' === $name && Finder::others_with_address( $after, $this->user->ID ) ) {
				$this->caveat( 'email_taken' );
				continue;
			}
			$update[ $name ] = $value;
			$this->change( $name, $before, $after );
		}
		if ( ! $update || $this->dry_run ) {
			return;
		}
		$id = wp_update_user( wp_slash( $update ) + array( 'ID' => $this->user->ID ) );
		if ( is_wp_error( $id ) ) {
			throw Refusal::from( $id );
		}
		$this->user = get_userdata( $id );
	}

	/**
	 * Rule 6, the author address. A new user is born with the delivery's mark in it: only once our meta
	 * row says so too, nothing is lost with the mark. WordPress numbers an address that is taken.
	 */
	private function update_nicename(): void {
		$value = $this->document['fields']['user_nicename'] ?? '';
		$after = '' === $value ? null : Profile::stored( 'user_nicename', $value );
		if ( null === $after ) {
			return; // Nothing is wanted, or legal_fields() has said why not.
		}
		$before = $this->user && ! $this->created ? $this->user->user_nicename : null;
		if ( ! $this->is_due( 'user_nicename', null !== $before ) || $before === $after || ( null !== $before && preg_match( '/\A' . preg_quote( $after, '/' ) . '-\d+\z/', $before ) && get_user_by( 'slug', $after ) ) ) {
			return;
		}
		if ( $this->privileged ) {
			$this->caveat( 'privileged_user', 'user_nicename' );
			return;
		}
		if ( ! $this->dry_run ) {
			if ( $this->own ) {
				update_user_meta( $this->user->ID, CREATED_BY, $this->document['delivery'] ); // An attempt that died at once left only the mark.
			}
			$id = wp_update_user( array( 'ID' => $this->user->ID, 'user_nicename' => $after ) );
			if ( is_wp_error( $id ) ) {
				throw Refusal::from( $id );
			}
			$this->user = get_userdata( $id );
			$after      = $this->user->user_nicename;
		}
		$this->change( 'user_nicename', $before, $after );
	}

	private function fields_at_creation(): array {
		return array_diff_key( $this->legal_fields(), array_flip( $this->document['conditions']['only_on_update'] ) );
	}

	/** The document's fields that WordPress can hold; a caveat for each of the others. */
	private function legal_fields(): array {
		$legal = array();
		foreach ( $this->document['fields'] as $name => $value ) {
			if ( ! in_array( $name, Profile::FIELDS, true ) ) {
				$this->caveat( 'unknown_field', (string) $name );
			} elseif ( in_array( $name, Profile::NEVER_EMPTY, true ) && in_array( '', array( $value, Profile::stored( $name, $value ) ), true ) ) {
				continue; // Also what WordPress would make nothing of: tags alone, or "0".
			} elseif ( null === Profile::stored( $name, $value ) ) {
				'user_email' === $name ? $this->caveat( 'bad_email' ) : $this->caveat( 'field_refused', $name );
			} else {
				$legal[ $name ] = $value;
			}
		}
		return $legal;
	}

	/** Rule 7. */
	private function update_meta(): void {
		$link = array( $this->document['contact_id_meta'] => $this->document['contact'] );
		$meta = array_diff_key( $this->document['meta'], $link ) + ( $this->created ? array() : $link );
		foreach ( $meta as $key => $value ) {
			$key = (string) $key;
			if ( Meta::is_refused( $key ) ) {
				$this->caveat( 'meta_refused', $key );
				continue;
			}
			$rows   = $this->user ? get_user_meta( $this->user->ID, $key, false ) : array();
			if ( ! $this->is_due( $key, Meta::holds_something( $rows ) ) ) {
				continue;
			}
			$wanted = Meta::stored( $key, $value );
			if ( Meta::agrees( $rows, $wanted ) ) {
				continue;
			}
			if ( $this->dry_run || Meta::write( $this->user->ID, $key, $wanted ) ) {
				$this->change( "meta:$key", Meta::as_text( $rows[0] ?? null ), Meta::as_text( $wanted ) );
			} else {
				$this->caveat( 'meta_refused', $key );
			}
		}
	}

	/** The user meta key under which the document brings tags where WP Fusion keeps its own; '' for none. */
	private function tags_key(): string {
		return (string) current( preg_grep( '/(\A|_)infusionsoft_tags\z/', array_map( 'strval', array_keys( $this->document['meta'] ) ) ) );
	}

	/** @return string[] The ids of the tags that the user has there now. */
	private function tags(): array {
		$row = $this->user && '' !== $this->tags_key() ? get_user_meta( $this->user->ID, $this->tags_key(), true ) : array();
		return is_array( $row ) ? array_values( $row ) : array();
	}

	/**
	 * Rule 7. Enrolments in courses and groups hang on WP Fusion's actions, not on the row. Like WP Fusion,
	 * the last one is fired without a change too: whatever broke off last time is made up for.
	 * https://wpfusion.com/documentation/actions/wpf_tags_modified/
	 *
	 * @param string[] $before
	 */
	private function announce_tags( array $before ): void {
		if ( $this->dry_run || '' === $this->tags_key() ) {
			return;
		}
		$now     = $this->tags();
		$applied = array_values( array_diff( $now, $before ) );
		$removed = array_values( array_diff( $before, $now ) );
		if ( $applied ) {
			do_action( 'wpf_tags_applied', $this->user->ID, $applied );
		}
		if ( $removed ) {
			do_action( 'wpf_tags_removed', $this->user->ID, $removed );
		}
		do_action( 'wpf_tags_modified', $this->user->ID, $now );
	}

	/**
	 * Rule 8, for a user who exists. On a network one may exist without being a member of this site,
	 * and joins with the role that a new user would get.
	 */
	private function update_roles(): void {
		$now  = array_values( $this->user->roles );
		$join = is_multisite() && ! is_user_member_of_blog( $this->user->ID );
		$then = $this->planned_roles( $now, $join || ( $this->own && ! $now ) );
		$add  = array_diff( $then, $now );
		$drop = array_diff( $now, $then );
		if ( ! $add && ! $drop ) {
			return;
		}
		if ( $this->privileged ) {
			$this->caveat( 'privileged_user', 'roles' );
			return;
		}
		$this->change( 'roles', implode( ', ', $now ), implode( ', ', $then ) );
		if ( $this->dry_run ) {
			return;
		}
		if ( $join ) {
			$this->join( $then[0] );
		}
		if ( 1 === count( $then ) ) {
			$this->user->set_role( $then[0] ); // One for one, as WordPress's own screen does it: most plugins listen to this.
			return;
		}
		foreach ( $add as $role ) {
			$this->user->add_role( $role );
		}
		foreach ( $drop as $role ) {
			$this->user->remove_role( $role );
		}
	}

	/** Rule 8, for a caller who allows no loss: before anything is written. */
	private function refuse_removal(): void {
		if ( $this->document['roles']['may_remove'] || $this->privileged ) {
			return;
		}
		$caveats       = $this->caveats; // Said when the roles are really looked at.
		$now           = array_values( $this->user->roles );
		$lost          = array_values( array_diff( $now, $this->planned_roles( $now, false ) ) );
		$this->caveats = $caveats;
		if ( $lost ) {
			throw new Refusal( 'would_remove_roles', 'The user would lose a role.', false, array( 'user_id' => $this->user->ID, 'roles' => $lost ) );
		}
	}

	private function join( string $role ): void {
		$joined = add_user_to_blog( get_current_blog_id(), $this->user->ID, $role );
		if ( is_wp_error( $joined ) ) {
			throw Refusal::from( $joined );
		}
		$this->user = get_userdata( $this->user->ID );
	}

	/**
	 * @param string[] $now    Roles that the user has.
	 * @param bool     $is_new Whether the user has yet to get a first role from us.
	 * @return string[] Roles that the user is to have.
	 */
	private function planned_roles( array $now, bool $is_new ): array {
		$rules = $this->document['roles'];
		$among = array_filter( array_map( array( Roles::class, 'find' ), $rules['among'] ), array( Roles::class, 'may_be_given' ) );
		$take  = array_intersect( array_map( array( Roles::class, 'find' ), $rules['take'] ), $among );
		$add   = $this->allowed_roles( $rules['add'], $among );
		$asked = 'keep' === $rules['mode'] && ! $is_new && ! $this->own ? array() : $this->allowed_roles( $rules['give'], $among );
		$given = array_diff( $asked, $take );
		foreach ( array_intersect( $asked, $take ) as $role ) {
			$this->caveat( 'role_follows_tag', $role );
		}
		$then = array_diff( $now, $take );
		if ( $given && 'replace' === $rules['mode'] ) {
			$then = array_diff( $then, array_diff( $among, $add ) );
		}
		$default = (string) get_option( 'default_role' );
		if ( ! $given && $is_new && Roles::may_be_given( $default ) ) {
			$then[] = $default;
		}
		$then = array_values( array_unique( array_merge( $then, $given, $add ) ) );
		if ( $then || ! $now ) {
			return $then;
		}
		if ( in_array( $default, array_diff( $among, $take ), true ) ) {
			return array( $default );
		}
		$this->caveat( 'last_role_kept', $now[0] );
		return array( $now[0] );
	}

	/**
	 * @param string[] $asked Slugs or display names.
	 * @param string[] $among Slugs of the roles that may be touched.
	 * @return string[] Slugs of those asked for that may be given; a caveat for each of the others.
	 */
	private function allowed_roles( array $asked, array $among ): array {
		$allowed = array();
		foreach ( $asked as $name ) {
			$role = Roles::find( $name );
			if ( '' === $role ) {
				$this->caveat( 'unknown_role', $name );
			} elseif ( ! in_array( $role, $among, true ) ) {
				$this->caveat( 'role_not_allowed', $role );
			} else {
				$allowed[] = $role;
			}
		}
		return $allowed;
	}

	/** Rule 9. */
	private function notify(): string {
		$wanted = $this->document['notification'];
		if ( 'none' === $wanted || ! $this->own ) {
			return 'not_asked';
		}
		$state = $this->user ? Notification::state( $this->user, $this->document['delivery'] ) : '';
		if ( '' === $state && ( 'later' === $wanted || $this->dry_run ) ) {
			return 'due';
		}
		if ( '' === $state ) {
			$state = ( new Notification( $this->user, $this->document['delivery'], $this->password_to_mail() ) )->send();
			if ( 'sent' === $state ) {
				return 'sent';
			}
		}
		if ( 'suppressed' === $state ) {
			$this->caveat( 'notification_suppressed' );
			return 'not_asked';
		}
		return 'sent' === $state ? 'sent_before' : 'uncertain';
	}

	/** A password is told only where it opens the door: it may have been set by an attempt before, or be another one by now. */
	private function password_to_mail(): string {
		if ( 'password' !== $this->document['notification'] ) {
			return '';
		}
		$password = $this->password();
		if ( $this->password_set || wp_check_password( wp_slash( $password ), $this->user->user_pass, $this->user->ID ) ) {
			return $password;
		}
		$this->caveat( 'password_not_in_mail' );
		return '';
	}

	private function change( string $name, ?string $before, ?string $after ): void {
		if ( $before !== $after ) {
			$this->changes[] = compact( 'name', 'before', 'after' );
		}
	}

	private function caveat( string $code, string $subject = '' ): void {
		$this->caveats[] = array( 'code' => $code, 'subject' => mb_substr( $subject, 0, 100 ) );
	}
}

/**
 * Which user a document means. Reads the database itself: with the lock in hand, no cache is trusted.
 */
final class Finder {

	private array $document;
	/** @var int[] Further users of the same contact. */
	public array $others = array();
	/** See probably_linked(). */
	private int $probably;

	public function __construct( array $document, int $probably ) {
		$this->document = $document;
		$this->probably = $probably;
	}

	/**
	 * Who is linked to the contacts of a batch, found in one query: no index serves a meta value, so
	 * that to look for one contact costs as much as for all. It is done without locks, and so each
	 * user is looked at again by the document. A contact with several users is left to by_contact().
	 *
	 * @return int[] The user of each contact, where there is one.
	 */
	public static function probably_linked( array $documents ): array {
		global $wpdb;
		$contacts = array();
		foreach ( $documents as $document ) {
			if ( empty( $document['user_id'] ) ) {
				$contacts[ $document['contact_id_meta'] ?? 'infusionsoft_contact_id' ][] = $document['contact'];
			}
		}
		$linked = array();
		foreach ( $contacts as $key => $of_key ) {
			$places = implode( ', ', array_fill( 0, count( $of_key ), '%s' ) );
			$query  = "SELECT m.meta_value AS contact, MIN(u.ID) AS id FROM $wpdb->usermeta m JOIN $wpdb->users u ON u.ID = m.user_id
				WHERE m.meta_key = %s AND m.meta_value IN ($places) GROUP BY m.meta_value HAVING COUNT(DISTINCT u.ID) = 1";
			foreach ( $wpdb->get_results( $wpdb->prepare( $query, (string) $key, ...$of_key ) ) as $row ) {
				$linked[ $row->contact ] = (int) $row->id;
			}
		}
		return $linked;
	}

	/** Rule 2. */
	public function find(): ?\WP_User {
		return $this->by_id()
			?? $this->by_contact( $this->document['contact'] )
			?? $this->by_contact( $this->document['formerly'] )
			?? $this->by_address()
			?? $this->by_mark();
	}

	private function by_id(): ?\WP_User {
		$user = self::read( (int) $this->document['user_id'] );
		if ( ! $user ) {
			return null;
		}
		$contact = $this->contact_of( $user );
		$same    = '' !== $user->user_email && 0 === strcasecmp( $user->user_email, (string) $this->document['email'] );
		return $contact === $this->document['contact'] || ( '' === $contact && $same ) ? $user : null;
	}

	/** No ORDER BY: it would tempt MySQL to walk the whole table by user id. */
	private function by_contact( ?string $contact ): ?\WP_User {
		global $wpdb;
		if ( null === $contact ) {
			return null;
		}
		$user = self::read( $this->probably );
		if ( $user && $this->contact_of( $user ) === $contact ) {
			return $user;
		}
		$ids = $wpdb->get_col(
			$wpdb->prepare(
				"SELECT u.ID FROM $wpdb->usermeta m JOIN $wpdb->users u ON u.ID = m.user_id WHERE m.meta_key = %s AND m.meta_value = %s",
				$this->document['contact_id_meta'],
				$contact
			)
		);
		if ( ! $ids ) {
			return null;
		}
		$ids = array_unique( array_map( 'intval', $ids ) );
		sort( $ids );
		$this->others = array_slice( $ids, 1 );
		return self::read( $ids[0] );
	}

	private function by_address(): ?\WP_User {
		$ids  = self::others_with_address( (string) $this->document['email'], 0 );
		$user = $ids ? self::read( min( $ids ) ) : null;
		if ( ! $user ) {
			return null;
		}
		$contact = $this->contact_of( $user );
		if ( '' !== $contact && $contact !== $this->document['contact'] && 'refuse' === $this->document['when_linked_to_another_contact'] ) {
			throw new Refusal(
				'linked_elsewhere',
				'The user with this address belongs to another contact. Merge the contacts in Keap, or allow relinking.',
				false,
				array( 'user_id' => $user->ID, 'contact' => $contact )
			);
		}
		return $user;
	}

	/** Made by this delivery, then cut short, then given another address by somebody. */
	private function by_mark(): ?\WP_User {
		global $wpdb;
		if ( ! $this->document['new_user'] ) {
			return null;
		}
		return self::read( (int) $wpdb->get_var( $wpdb->prepare( "SELECT ID FROM $wpdb->users WHERE user_nicename = %s", self::nicename( $this->document ) ) ) );
	}

	private function contact_of( \WP_User $user ): string {
		return (string) get_user_meta( $user->ID, $this->document['contact_id_meta'], true );
	}

	private static function read( int $id ): ?\WP_User {
		if ( $id <= 0 ) {
			return null;
		}
		wp_cache_delete( $id, 'users' );
		wp_cache_delete( $id, 'user_meta' );
		return get_userdata( $id ) ?: null;
	}

	/**
	 * MySQL also finds é for e and a blank for nothing: what it finds is compared again.
	 *
	 * @return int[] Ids of users with exactly this address in any case, the given one left out.
	 */
	public static function others_with_address( string $address, int $except ): array {
		global $wpdb;
		$ids = array();
		if ( '' !== $address ) {
			foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT ID, user_email FROM $wpdb->users WHERE user_email = %s", $address ) ) as $row ) {
				if ( (int) $row->ID !== $except && 0 === strcasecmp( $row->user_email, $address ) ) {
					$ids[] = (int) $row->ID;
				}
			}
		}
		return $ids;
	}

	/** The readable part is cut so that WordPress, which allows 50 characters, leaves the mark whole. */
	public static function nicename( array $document ): string {
		$readable = preg_replace( '/%[0-9a-f]{2}|[^a-z0-9-]+/', '', sanitize_title( $document['new_user']['nicename'] ) );
		return ( trim( substr( $readable, 0, 39 ), '-' ) ?: 'user' ) . '-' . self::mark( $document['delivery'] );
	}

	private static function mark( string $delivery ): string {
		return substr( hash( 'sha256', $delivery ), 0, 10 );
	}

	public static function is_made_by( \WP_User $user, string $delivery ): bool {
		return get_user_meta( $user->ID, CREATED_BY, true ) === $delivery
			|| substr( $user->user_nicename, -11 ) === '-' . self::mark( $delivery );
	}
}

/**
 * Which roles may be given, and whose rights put them out of reach.
 */
final class Roles {

	/**
	 * Whoever has one of these, or a capability on others' content (PRIVILEGED_START), is privileged:
	 * role, address and password are not touched. Customers, students, subscribers, readers of private
	 * posts and authors of their own are not.
	 */
	const PRIVILEGED = array(
		'delete_users', 'list_users', 'remove_users', 'add_users', 'edit_dashboard', 'edit_theme_options', 'customize',
		'switch_themes', 'delete_themes', 'update_themes', 'delete_plugins', 'update_plugins', 'update_core',
		'install_languages', 'update_languages', 'unfiltered_html', 'export', 'import', 'manage_categories',
		'manage_links', 'moderate_comments', 'manage_woocommerce', 'view_woocommerce_reports',
		'manage_privacy_options', 'view_site_health_checks', 'resume_plugins', 'resume_themes',
	);

	const PRIVILEGED_START = '/^(edit|delete|export|erase)_others_|^(manage|create|delete|setup|upgrade)_(network|sites?)/';

	/** With one of these an account can make itself an administrator: never given, whatever the constant says. */
	const ADMINISTRATOR_LIKE = array(
		'manage_options', 'edit_users', 'promote_users', 'create_users', 'edit_plugins', 'install_plugins',
		'upload_plugins', 'activate_plugins', 'edit_themes', 'install_themes', 'upload_themes', 'edit_files',
		'unfiltered_upload', CAPABILITY,
	);

	/** @param string[] $except Capabilities that do not count. */
	public static function is_privileged( \WP_User $user, array $except = array() ): bool {
		// allcaps holds what the roles give and what was granted to this user alone.
		$capabilities = array( $user->allcaps );
		// On a network the address is the key to every site that the user helps to run.
		foreach ( is_multisite() ? get_blogs_of_user( $user->ID ) : array() as $site ) {
			$capabilities[] = ( new \WP_User( $user->ID, '', $site->userblog_id ) )->allcaps;
		}
		foreach ( $capabilities as $of_site ) {
			if ( self::are_privileged( array_diff_key( $of_site, array_flip( $except ) ) ) ) {
				return true;
			}
		}
		return is_super_admin( $user->ID );
	}

	/**
	 * By default every role without a privileged capability. The constant KEAP_BRIDGE_ROLES replaces
	 * this list: the site's owner may name an editor there, but never one who could become administrator.
	 */
	public static function may_be_given( string $slug ): bool {
		$role = get_role( $slug );
		if ( ! $role || 'administrator' === $slug || self::are_among( $role->capabilities, self::ADMINISTRATOR_LIKE ) ) {
			return false;
		}
		if ( ! defined( 'KEAP_BRIDGE_ROLES' ) ) {
			return ! self::are_privileged( $role->capabilities );
		}
		$named = constant( 'KEAP_BRIDGE_ROLES' );
		return in_array( $slug, array_map( 'trim', is_array( $named ) ? $named : explode( ',', (string) $named ) ), true );
	}

	/** The slug of a role given by slug or by the name that people see; '' when there is none. */
	public static function find( string $asked ): string {
		if ( get_role( $asked ) ) {
			return $asked;
		}
		foreach ( wp_roles()->get_names() as $slug => $name ) {
			foreach ( array( (string) $slug, $name, translate_user_role( $name ) ) as $known ) {
				if ( 0 === strcasecmp( $known, trim( $asked ) ) ) {
					return (string) $slug;
				}
			}
		}
		return '';
	}

	private static function are_privileged( array $capabilities ): bool {
		return self::are_among( $capabilities, self::ADMINISTRATOR_LIKE )
			|| self::are_among( $capabilities, self::PRIVILEGED )
			|| preg_grep( self::PRIVILEGED_START, array_keys( array_filter( $capabilities ) ) );
	}

	private static function are_among( array $capabilities, array $list ): bool {
		return (bool) array_intersect_key( array_filter( $capabilities ), array_flip( $list ) );
	}
}

/**
 * Core's own user fields: what WordPress makes of a value, and what it cannot hold.
 */
final class Profile {

	const FIELDS      = array( 'first_name', 'last_name', 'user_email', 'display_name', 'nickname', 'user_url', 'description', 'locale', 'user_nicename' );
	/** Emptied, WordPress would show the login in their place, which may be an e-mail address. */
	const NEVER_EMPTY = array( 'user_email', 'display_name', 'nickname', 'user_nicename' );
	/** What the table's columns hold. WordPress checks some of these, and breaks off at others. */
	const LONGEST     = array( 'user_email' => 100, 'user_url' => 100, 'display_name' => 250 );

	/** The value as WordPress will store it (it strips tags and escapes &), or null where it will not. */
	public static function stored( string $name, string $value ): ?string {
		if ( 'locale' === $name ) {
			$known = '' === $value || 'en_US' === $value || in_array( $value, get_available_languages(), true );
			return $known ? $value : null;
		}
		if ( 'user_email' === $name && ! self::is_address( $value ) ) {
			return null;
		}
		if ( 'user_nicename' === $name ) { // As wp_insert_user() does it, which breaks off at more than 50 characters.
			$stored = (string) apply_filters( 'pre_user_nicename', sanitize_title( sanitize_user( $value, true ) ) );
			return '' === $stored || mb_strlen( $stored ) > 50 ? null : $stored;
		}
		$stored = wp_unslash( apply_filters( 0 === strpos( $name, 'user_' ) ? "pre_$name" : "pre_user_$name", wp_slash( $value ) ) );
		$stored = '0' === $stored ? '' : $stored; // wp_insert_user() asks empty().
		return mb_strlen( $stored ) > ( self::LONGEST[ $name ] ?? PHP_INT_MAX ) ? null : $stored;
	}

	public static function is_address( string $address ): bool {
		return strlen( $address ) <= self::LONGEST['user_email'] && is_email( $address ) === $address;
	}

	/** What wp_insert_user() asks of a login, and 6.1 to 6.8 check only in part. */
	public static function is_login( string $login ): bool {
		$illegal = array_map( 'strtolower', (array) apply_filters( 'illegal_user_logins', array() ) );
		return '' !== $login && strlen( $login ) <= 60 && validate_username( $login ) && ! in_array( strtolower( $login ), $illegal, true );
	}
}

/**
 * User meta: which keys are out of reach, and how values are compared and stored.
 */
final class Meta {

	/** Columns of the users table and core's fields, which have rules of their own. */
	const RESERVED = array(
		'id', 'user_login', 'user_pass', 'user_nicename', 'user_email', 'user_url', 'user_registered',
		'user_activation_key', 'user_status', 'display_name', 'spam', 'deleted', 'role', 'roles',
		'first_name', 'last_name', 'nickname', 'description', 'locale',
	);

	/**
	 * MySQL takes WP_Capabilities, wp_cápabilities and "wp_capabilities " for the same key, and
	 * update_user_meta() would then write that row: only plain ASCII is let through, judged in lower case.
	 */
	public static function is_refused( string $key ): bool {
		$lower = strtolower( $key );
		return strlen( $key ) > 255
			|| ! preg_match( '/\A[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\z/', $key )
			|| '_' === $key[0]
			|| is_protected_meta( $key, 'user' )
			|| preg_match( '/(capabilities|user_level|session_tokens)\z/', $lower )
			|| in_array( $lower, self::RESERVED, true );
	}

	/**
	 * @param string|string[]|null $value
	 * @return mixed The value as WordPress will store it; null: no row.
	 */
	public static function stored( string $key, $value ) {
		return null === $value || array() === $value ? null : sanitize_meta( $key, $value, 'user' );
	}

	/** Whether a key has a row that is more than an empty text or list; "0" is more. */
	public static function holds_something( array $rows ): bool {
		return (bool) array_diff( array_map( array( self::class, 'as_text' ), $rows ), array( '' ) );
	}

	/** Whether the rows that a key has are what is wanted already. */
	public static function agrees( array $rows, $wanted ): bool {
		foreach ( $rows as $row ) {
			if ( null === $wanted || is_scalar( $row ) !== is_scalar( $wanted ) || ( is_scalar( $row ) ? (string) $row !== (string) $wanted : $row !== $wanted ) ) {
				return false;
			}
		}
		return $rows || null === $wanted;
	}

	/** WordPress takes a layer of backslashes off keys and values: one is put on. */
	public static function write( int $user_id, string $key, $value ): bool {
		return null === $value
			? delete_user_meta( $user_id, wp_slash( $key ) )
			: (bool) update_user_meta( $user_id, wp_slash( $key ), wp_slash( $value ) );
	}

	public static function as_text( $value ): ?string {
		if ( null === $value || is_scalar( $value ) ) {
			return null === $value ? null : (string) $value;
		}
		$texts = is_array( $value ) ? array_filter( $value, 'is_scalar' ) : array();
		return is_array( $value ) && count( $texts ) === count( $value ) ? implode( ', ', $texts ) : (string) wp_json_encode( $value );
	}

	/**
	 * For `keap-bridge check`: writes under each key on the calling account, reads it back past the
	 * cache, and puts back what was there.
	 *
	 * @param string[] $keys
	 */
	public static function round_trip( array $keys ): array {
		$user_id = get_current_user_id();
		$found   = array();
		foreach ( $keys as $key ) {
			if ( self::is_refused( $key ) ) {
				$found[ $key ] = 'refused';
				continue;
			}
			$registered = get_registered_meta_keys( 'user' )[ $key ]['type'] ?? 'string';
			$probe      = 'array' === $registered ? array( '91', '93' ) : 'keap-bridge \\ "check"';
			$rows       = get_user_meta( $user_id, $key, false );
			try {
				self::write( $user_id, $key, $probe );
				wp_cache_delete( $user_id, 'user_meta' );
				$found[ $key ] = self::agrees( get_user_meta( $user_id, $key, false ), self::stored( $key, $probe ) ) ? 'ok' : 'lost';
			} finally {
				self::write( $user_id, $key, null );
				foreach ( $rows as $row ) {
					add_user_meta( $user_id, wp_slash( $key ), wp_slash( $row ) );
				}
			}
		}
		return $found;
	}
}

/**
 * WordPress's own new-user notification, at most once a delivery.
 */
final class Notification {

	private \WP_User $user;
	private string $delivery;
	private string $password;
	/** Whether WordPress got as far as handing over a mail. */
	private bool $begun = false;
	/** Whether the last mail handed over was refused. */
	private bool $failed = false;

	/** @param string $password To be told in the mail; '' for none. */
	public function __construct( \WP_User $user, string $delivery, string $password ) {
		$this->user     = $user;
		$this->delivery = $delivery;
		$this->password = $password;
	}

	/** How far this delivery's notification got: '' (not begun), sending, sent, suppressed. */
	public static function state( \WP_User $user, string $delivery ): string {
		list( $state, $of ) = explode( ':', get_user_meta( $user->ID, NOTIFIED, true ) . ':' );
		return $of === $delivery ? $state : '';
	}

	/**
	 * The row is written before the mail: a process that dies in between leaves "sending", and nobody
	 * sends again. WordPress tells nobody how it went, so we listen while it works.
	 */
	public function send(): string {
		$this->mark( 'sending' );
		// Failures are heard first and everything else last, so that a mail plugin's second try has the last word.
		$listeners = array(
			array( 'wp_mail_failed', array( $this, 'mail_failed' ), PHP_INT_MIN ),
			array( 'wp_mail_succeeded', array( $this, 'mail_succeeded' ), PHP_INT_MAX ),
			array( 'pre_wp_mail', array( $this, 'mail_begins' ), PHP_INT_MAX ),
			array( 'wp_new_user_notification_email', array( $this, 'mail_is_written' ), PHP_INT_MAX ),
		);
		foreach ( $listeners as list( $hook, $listener, $priority ) ) {
			add_filter( $hook, $listener, $priority );
		}
		try {
			wp_new_user_notification( $this->user->ID, null, 'user' );
		} finally {
			foreach ( $listeners as list( $hook, $listener, $priority ) ) {
				remove_filter( $hook, $listener, $priority );
			}
		}
		if ( $this->failed ) {
			delete_user_meta( $this->user->ID, NOTIFIED );
			throw new Refusal( 'mail_failed', 'WordPress could not send the new-user notification. Look at the site\'s mail set-up.', true, array( 'user_id' => $this->user->ID ) );
		}
		$state = $this->begun ? 'sent' : 'suppressed'; // A plugin or a filter keeps the mail from being made.
		$this->mark( $state );
		return $state;
	}

	private function mark( string $state ): void {
		if ( ! update_user_meta( $this->user->ID, NOTIFIED, "$state:$this->delivery" ) ) {
			throw new \RuntimeException( 'The notification could not be noted.' );
		}
	}

	public function mail_failed(): void {
		$this->failed = true;
	}

	public function mail_succeeded(): void {
		$this->failed = false;
	}

	/** Where a plugin sends mails itself, it answers here with whether it could. */
	public function mail_begins( $answer ) {
		$this->begun  = true;
		$this->failed = false === $answer;
		return $answer;
	}

	public function mail_is_written( array $mail ): array {
		$this->begun = true;
		if ( '' !== $this->password ) {
			$mail['message'] .= "\r\n" . __( 'Password' ) . ": $this->password\r\n";
		}
		return $mail;
	}
}

/**
 * The password that a document gave a user last, known again without being kept.
 *
 * With the secret keys of wp-config.php a keyed hash does, at no cost: who has the database alone
 * cannot try passwords against it. A site that keeps its keys in the database gets WordPress's own
 * slow hash instead.
 */
final class Told {

	public static function knows( \WP_User $user, string $password ): bool {
		$known = (string) get_user_meta( $user->ID, TOLD, true );
		if ( '' === $known ) {
			return false;
		}
		return self::has_secret() ? hash_equals( $known, self::sign( $user, $password ) ) : wp_check_password( $password, $known );
	}

	/**
	 * A generated password is remembered too where that costs nothing: it may come back from Keap, where the
	 * bridge has put it, after the user has chosen another one.
	 *
	 * @param bool $from_elsewhere Whether it is worth a slow hash.
	 */
	public static function remember( \WP_User $user, string $password, bool $from_elsewhere = true ): void {
		if ( $from_elsewhere || self::has_secret() ) {
			update_user_meta( $user->ID, TOLD, wp_slash( self::has_secret() ? self::sign( $user, $password ) : wp_hash_password( $password ) ) );
		}
	}

	/** Different for each user, so that nobody sees who has the same password. */
	private static function sign( \WP_User $user, string $password ): string {
		return hash_hmac( 'sha256', "$user->ID:$password", wp_salt( 'auth' ) );
	}

	/** WordPress passes over keys that are missing or still the example's, and makes its own in the database. */
	private static function has_secret(): bool {
		return defined( 'AUTH_KEY' ) && '' !== (string) constant( 'AUTH_KEY' ) && 0 === strpos( wp_salt( 'auth' ), (string) constant( 'AUTH_KEY' ) );
	}
}

/**
 * Named locks of the database: across processes and web servers, gone with the connection.
 */
final class Locks {

	/** Seconds that a document waits for its locks, all together. */
	const PATIENCE = 10;

	/** @var string[] */
	private array $held = array();

	/**
	 * In sorted order, so that two documents never wait for each other.
	 *
	 * @param string[] $names
	 */
	public function take( array $names ): void {
		$names = array_unique( $names );
		sort( $names );
		$until = microtime( true ) + self::PATIENCE;
		foreach ( $names as $name ) {
			$got = self::ask( 'GET_LOCK(%s, %d)', $name, max( 0, (int) ceil( $until - microtime( true ) ) ) );
			if ( '0' === $got ) {
				throw new Refusal( 'busy', 'Another request works on the same contact or address. Send this document again.', true );
			}
			$this->held[] = $name; // Null: a database without locks. GET says so; the work is done all the same.
		}
	}

	/** @param string[]|null $names Null: all. */
	public function release( ?array $names = null ): void {
		foreach ( array_intersect( $this->held, $names ?? $this->held ) as $name ) {
			self::ask( 'RELEASE_LOCK(%s)', $name );
		}
		$this->held = array_diff( $this->held, $names ?? $this->held );
	}

	/** Whether this database holds two locks for us at once: SQLite holds none, MySQL before 5.7 but one. */
	public static function work(): bool {
		$locks = new self();
		$names = array( 'probe:' . wp_generate_password( 12, false ), 'probe:' . wp_generate_password( 12, false ) );
		try {
			$locks->take( $names );
			return '1' === self::ask( 'IS_USED_LOCK(%s) = CONNECTION_ID()', $names[0] ) && '1' === self::ask( 'IS_USED_LOCK(%s) = CONNECTION_ID()', $names[1] );
		} finally {
			$locks->release();
		}
	}

	private static function ask( string $expression, string $name, ...$more ): ?string {
		global $wpdb;
		if ( method_exists( $wpdb, 'send_reads_to_masters' ) ) {
			$wpdb->send_reads_to_masters(); // HyperDB and its kin would ask a replica.
		}
		// One server may hold many sites. MySQL allows 64 characters.
		$unique = 'keap_bridge_' . sha1( DB_NAME . "|$wpdb->users|$name" );
		$quiet  = $wpdb->suppress_errors();
		$answer = $wpdb->get_var( $wpdb->prepare( "SELECT $expression", $unique, ...$more ) );
		$wpdb->suppress_errors( $quiet );
		return $answer;
	}
}

/**
 * Why a document was not carried out: the answer's error.
 */
final class Refusal extends \RuntimeException {

	public string $reason;
	/** Whether sending the document again may help. */
	public bool $retry;
	public array $data;

	public function __construct( string $reason, string $message, bool $retry = false, array $data = array() ) {
		parent::__construct( $message );
		$this->reason = "keap_bridge_$reason";
		$this->retry  = $retry;
		$this->data   = $data;
	}

	/** What WordPress or a plugin says when it will not save a user. Its words may hold somebody's data: only the code is told. */
	public static function from( \WP_Error $error ): self {
		$code = (string) $error->get_error_code();
		$race = in_array( $code, array( 'existing_user_login', 'existing_user_email' ), true );
		return new self( 'refused', "WordPress refuses to save the user ($code).", $race, array( 'code' => $code ) );
	}
}

Plugin::boot();
